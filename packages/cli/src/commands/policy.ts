import { resolve } from 'node:path'
import type { Command } from 'commander'
import { CommandError } from '../exit.ts'
import { formatFinding } from '../finding.ts'
import { colour, note, noteColour, print, printJson } from '../output.ts'
import { plain, plainLines } from '../text.ts'

interface ShowOptions {
  readonly product?: string
  readonly json?: boolean
}

/** What a contract's `selvageAccess` stands for. */
interface Opened {
  readonly product: string
  readonly file: string
  readonly rules: readonly string[]
  readonly cedar: string
}

export function policyCommand(program: Command): void {
  const policy = program.command('policy').description('what the mesh’s texts come to as Cedar')
  policy
    .command('show')
    .description('print the policies that contracts stand for (`selvageAccess`)')
    .argument('[dir]', 'the tree that holds mesh.yaml', '.')
    .option('--product <domain.product>', 'of this product only')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  selvage policy show --product sales.crm')
    .action(async (dir: string, options: ShowOptions) => {
      const opened = await readOpened(resolve(dir), options.product)
      if (options.json === true) return printJson({ products: opened })
      for (const { product, file, cedar } of opened) {
        print(colour.dim(plain(`// ${product}, from ${file}`)))
        print(`${plainLines(cedar)}\n`)
      }
      if (opened.length === 0) note('no contract opens its product by itself')
    })
}

async function readOpened(dir: string, product: string | undefined): Promise<Opened[]> {
  const { formatPolicies, parsePolicies } = await import('@selvage/cedar')
  const { readTree } = await import('../tree.ts')
  const { parseMesh } = await import('@selvage/kernel/contract')
  const { mesh, findings } = parseMesh(readTree(dir))
  if (mesh === undefined) {
    for (const finding of findings) note(formatFinding(finding, noteColour))
    throw new CommandError('refused', 'the tree is not sound', { help: 'Run `selvage check`.' })
  }
  const all = mesh.domains.flatMap(domain =>
    domain.products.map(one => ({ one, text: domain.policies.find(({ path }) => path === one.path) })),
  )
  if (product !== undefined && !all.some(({ one }) => one.id === product))
    throw new CommandError('usage', `there is no product ${product}`, { help: 'Products are named domain.product.' })
  return all.flatMap(({ one, text }) => {
    if (text === undefined || (product !== undefined && one.id !== product)) return []
    const formatted = formatPolicies({ path: text.path, text: text.text.trim() })
    const cedar = 'text' in formatted ? formatted.text.trimEnd() : text.text.trim()
    return [{ product: one.id, file: one.path, rules: parsePolicies([text]).policies.map(({ id }) => id), cedar }]
  })
}
