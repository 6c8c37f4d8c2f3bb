// Installs and builds what is missing. Plain Node: nothing is installed yet when it runs.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`selvage needs Node 20.19 or newer; this is ${process.version}`)
  process.exit(69)
}

export function run(command, args, what) {
  console.log(`· ${what}`)
  const started = Date.now()
  const { status, signal } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) {
    console.error(`selvage: ${what} failed (${signal ?? status})`)
    process.exit(status ?? 1)
  }
  console.log(`  done in ${((Date.now() - started) / 1000).toFixed(1)} s`)
}

const modified = path => (existsSync(path) ? statSync(path).mtimeMs : 0)

function newest(dir) {
  let at = 0
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) at = Math.max(at, newest(path))
    else if (!entry.name.endsWith('.test.ts')) at = Math.max(at, modified(path))
  }
  return at
}

export function ready() {
  const installed = join(root, 'node_modules', '.package-lock.json')
  if (modified(installed) < modified(join(root, 'package-lock.json')))
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'installing packages')
  const packages = readdirSync(join(root, 'packages')).map(name => join(root, 'packages', name))
  const stale = packages.some(dir => modified(join(dir, 'dist', '.tsbuildinfo')) < newest(join(dir, 'src')))
  if (stale) run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b'], 'building')
}
