import { resolve } from 'node:path'
import type { Command } from 'commander'
import { CommandError } from '../exit.ts'
import { colour, note, print, printJson } from '../output.ts'
import { checkTree, readTree } from '../tree.ts'

export function checkCommand(program: Command): void {
  program
    .command('check')
    .description('read the mesh’s texts and say everything that is wrong with them, at once')
    .argument('[dir]', 'the tree that holds mesh.yaml', '.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  selvage check examples/mesh')
    .action((dir: string, options: { json?: boolean }) => {
      const { findings } = checkTree(readTree(resolve(dir)))
      const errors = findings.filter(finding => finding.severity === 'error').length
      if (options.json === true) printJson({ ok: errors === 0, findings })
      else {
        for (const { severity, file, line, column, what, help, code } of findings) {
          const place = [file, line, column].filter(part => part !== undefined).join(':')
          const word = severity === 'error' ? colour.red(severity) : colour.yellow(severity)
          note(`${place}: ${word}: ${what} [${code}]\n    ${help}`)
        }
        if (errors === 0) print(`${colour.green('fine')}: no errors${findings.length === 0 ? '' : `, ${findings.length} remarks`}`)
      }
      if (errors > 0) throw new CommandError('refused', `${errors} ${errors === 1 ? 'error' : 'errors'}`, { json: 'printed' })
    })
}
