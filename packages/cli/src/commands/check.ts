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
      const { checkTree, readTree } = await import('../tree.ts')
      const { findings } = checkTree(readTree(resolve(dir)))
      const errors = findings.filter(finding => finding.severity === 'error').length
      if (options.json === true) printJson({ ok: errors === 0, findings })
      else {
        for (const finding of findings) note(formatFinding(finding, noteColour))
        if (errors === 0)
          print(
            `${colour.green('fine')}: no errors${findings.length === 0 ? '' : `, ${findings.length} ${findings.length === 1 ? 'remark' : 'remarks'}`}`,
          )
      }
      if (errors > 0) throw new CommandError('refused', `${errors} ${errors === 1 ? 'error' : 'errors'}`, { json: 'printed' })
    })
}
