import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Text in a built file -> what stands there instead. */
const changes: Readonly<Record<string, readonly (readonly [from: RegExp, to: string])[]>> = {
  'kernel/dist/query/verify-secured.js': [[/export function verifySecured\([^)]*\) \{/, '$& return;']],
  'gate/dist/execute/plan-check.js': [[/async check\([^)]*\) \{/, '$& return;']],
  'gate/dist/execute/database.js': [
    [/`SET GLOBAL disabled_optimizers = [^`]*`,/, ''],
    [/'SET GLOBAL enable_external_access = false',/, ''],
    [/'SET GLOBAL lock_configuration = true',/, ''],
  ],
}

/**
 * A copy of what `tsc -b` built, of which the children are started that trust whatever they are sent: they verify
 * nothing, look at no plan and lock no setting. Only a test can start them, and only what stands in front of the
 * children is then between a statement and the data.
 */
export function makeUnlockedChildren(): { readonly dir: string; readonly remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'selvage-unlocked-'))
  for (const name of readdirSync(join(root, 'packages'))) {
    for (const part of ['package.json', 'dist'])
      cpSync(join(root, 'packages', name, part), join(dir, 'packages', name, part), { recursive: true })
  }
  mkdirSync(join(dir, 'node_modules', '@selvage'), { recursive: true })
  for (const name of readdirSync(join(root, 'node_modules')).filter(name => name !== '@selvage' && !name.startsWith('.')))
    symlinkSync(join(root, 'node_modules', name), join(dir, 'node_modules', name))
  for (const name of readdirSync(join(root, 'packages')))
    symlinkSync(join(dir, 'packages', name), join(dir, 'node_modules', '@selvage', name))
  for (const [file, list] of Object.entries(changes)) change(join(dir, 'packages', file), list)
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}

function change(file: string, list: (typeof changes)[string]): void {
  const changed = list.reduce(
    (text, [from, to]) => {
      if (!from.test(text)) throw new Error(`nothing to change in ${file}: ${String(from)}`)
      return text.replace(from, to)
    },
    readFileSync(file, 'utf8'),
  )
  writeFileSync(file, changed)
}
