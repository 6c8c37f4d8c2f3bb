import { resolve } from 'node:path'
import type { Command } from 'commander'
import { CommandError } from '../exit.ts'
import { formatFinding } from '../finding.ts'
import { colour, note, noteColour, print, printJson } from '../output.ts'

export function checkCommand(program: Command): void {
  program
    .command('check')
    .description('read the mesh’s texts and say everything that is wrong with them, at once')
    .argument('[dir]', 'the tree that holds mesh.yaml', '.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  selvage check examples/mesh')
    .action(async (dir: string, options: { json?: boolean }) => {
      // Policies need the whole of Cedar; no other command is to wait for that.
      const { checkAll } = await import('../check-all.ts')
      const { readTree } = await import('../tree.ts')
      const { findings, tests } = await checkAll(readTree(resolve(dir)))
      const errors = findings.filter(finding => finding.severity === 'error').length
      if (options.json === true) printJson({ ok: errors === 0, tests, findings })
      else {
        for (const finding of findings) note(formatFinding(finding, noteColour))
        const counts = ['no errors', ...counted(findings.length, 'remark'), ...counted(tests, 'decision')]
        if (errors === 0) print(`${colour.green('fine')}: ${counts.join(', ')}`)
      }
      if (errors > 0) throw new CommandError('refused', `${errors} ${errors === 1 ? 'error' : 'errors'}`, { json: 'printed' })
    })
}

const counted = (count: number, what: string): string[] => (count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'}`])
