import { resolve } from 'node:path'
import type { Command } from 'commander'
import { CommandError } from '../exit.ts'
import { formatFinding } from '../finding.ts'
import { colour, note, noteColour, noteWidth, print, printJson } from '../output.ts'
import { formatTable } from '../table.ts'

interface CheckOptions {
  readonly with: readonly string[]
  readonly matrix?: boolean
  readonly json?: boolean
}

export function checkCommand(program: Command): void {
  program
    .command('check')
    .description('read the mesh’s texts and say everything that is wrong with them, at once')
    .argument('[dir]', 'the tree that holds mesh.yaml', '.')
    .option('--with <dir>', 'lay the files of another folder over the tree, such as a domain’s own repository', collected, [])
    .option('--matrix', 'print each guardrail with each table that it reaches')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  selvage check examples/mesh')
    .action(async (dir: string, options: CheckOptions) => {
      // Policies need the whole of Cedar; no other command is to wait for that.
      const { checkAll } = await import('../check-all.ts')
      const { readTree } = await import('../tree.ts')
      const others = options.with.map(other => resolve(other))
      const { findings, tests, reach } = await checkAll(readTree(resolve(dir), others))
      const errors = findings.filter(finding => finding.severity === 'error').length
      if (options.json === true) printJson({ ok: errors === 0, tests, findings, ...(options.matrix === true ? { reach } : {}) })
      else {
        for (const finding of findings) note(formatFinding(finding, noteColour, noteWidth()))
        if (options.matrix === true)
          print(
            formatTable(
              ['guardrail', 'table', 'it'],
              reach.map(one => [one.rule, one.table, reachWords[one.kind]]),
            ),
          )
        const counts = ['no errors', ...counted(findings.length, 'remark'), ...counted(tests, 'decision')]
        if (errors === 0) print(`${colour.green('fine')}: ${counts.join(', ')}`)
      }
      if (errors > 0) throw new CommandError('refused', `${errors} ${errors === 1 ? 'error' : 'errors'}`, { json: 'printed' })
    })
}

const reachWords = { fires: 'can fire', never: 'never fires', waived: 'never fires, waived' }
const collected = (dir: string, before: readonly string[]): readonly string[] => [...before, dir]
const counted = (count: number, what: string): string[] => (count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'}`])
