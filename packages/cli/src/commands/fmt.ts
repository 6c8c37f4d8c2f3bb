import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { CommandError } from '../exit.ts'
import { formatFinding } from '../finding.ts'
import { note, noteColour, print, printJson } from '../output.ts'
import { plain } from '../text.ts'

interface FmtOptions {
  readonly check?: boolean
  readonly json?: boolean
}

export function fmtCommand(program: Command): void {
  program
    .command('fmt')
    .description('lay the mesh’s Cedar files out as the official formatter does')
    .argument('[dir]', 'the tree that holds mesh.yaml', '.')
    .option('--check', 'change nothing; exit 1 where a file would change')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  selvage fmt --check examples/mesh')
    .action(async (dir: string, options: FmtOptions) => {
      const { formatPolicies } = await import('@selvage/cedar')
      const { readTree } = await import('../tree.ts')
      const root = resolve(dir)
      const changed: string[] = []
      const findings = readTree(root).flatMap(file => {
        if (!file.path.endsWith('.cedar')) return []
        const formatted = formatPolicies(file)
        if ('findings' in formatted) return formatted.findings
        if (formatted.text === file.text) return []
        changed.push(file.path)
        if (options.check !== true) writeFileSync(join(root, file.path), formatted.text)
        return []
      })
      report(changed, findings, options)
    })
}

function report(changed: readonly string[], findings: readonly Parameters<typeof formatFinding>[0][], options: FmtOptions): void {
  if (options.json === true) printJson({ changed, findings })
  else {
    for (const path of changed) print(plain(path))
    for (const finding of findings) note(formatFinding(finding, noteColour))
  }
  if (findings.length > 0) throw new CommandError('refused', 'some files cannot be formatted', { json: 'printed' })
  if (options.check === true && changed.length > 0)
    throw new CommandError('refused', `${changed.length} ${changed.length === 1 ? 'file' : 'files'} would change`, {
      help: 'Run `selvage fmt`.',
      json: 'printed',
    })
}
