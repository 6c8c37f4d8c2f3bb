// The import rules of the tree (ARCHITECTURE.md), proven on every lint run. `--root DIR` checks another tree:
// the test plants a violation of each rule and sees it caught.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const at = process.argv.indexOf('--root')
const root = at < 0 ? fileURLToPath(new URL('..', import.meta.url)) : resolve(process.argv[at + 1])

/** Inside the kernel: folder -> folders that it may import. */
const kernel = {
  model: [],
  cedar: ['model'],
  contract: ['model'],
  policy: ['model', 'cedar', 'contract'],
  protect: ['model', 'contract', 'policy'],
  query: ['model', 'contract', 'policy', 'protect'],
}
/** One foreign library, one home. */
const homes = {
  jose: ['identity'],
  '@cedar-policy/cedar-wasm': ['cedar'],
  '@duckdb/node-api': ['gate'],
  'oidc-provider': ['testkit'],
  'openid-client': ['testkit', 'cli'],
  yaml: ['kernel', 'cli'],
  fastify: ['gate', 'control'],
}
/** They meet on the wire only. */
const apart = [
  ['gate', 'control'],
  ['control', 'gate'],
]
/** Only these may speak of Node's own modules. */
const pure = ['kernel']

const problems = []
const importPattern =
  /(?:^|\n)\s*(?:import|export)\s+(?:type\s+)?(?:[\w$*{}\s,]+\s+from\s+)?['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"\n]+)['"]\s*\)/g

function* sources(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) yield* sources(path)
    else if (/\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name)) yield path
  }
}

const packages = readdirSync(join(root, 'packages'), { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(entry => entry.name)
for (const name of packages) {
  for (const path of sources(join(root, 'packages', name, 'src'))) {
    const text = readFileSync(path, 'utf8')
    for (const match of text.matchAll(importPattern)) check(name, path, match[1] ?? match[2])
    if (pure.includes(name)) checkPurity(path, text)
  }
}

function check(name, path, target) {
  const where = relative(root, path)
  for (const [library, allowed] of Object.entries(homes)) {
    if ((target === library || target.startsWith(`${library}/`)) && !allowed.includes(name))
      problems.push(`${where}: ${library} lives in ${allowed.join(', ')} only`)
  }
  for (const [from, to] of apart) {
    if (name === from && (target === `@selvage/${to}` || target.startsWith(`@selvage/${to}/`)))
      problems.push(`${where}: ${from} and ${to} meet on the wire only`)
  }
  if (name === 'ledger' && !target.startsWith('.') && !target.startsWith('node:')) problems.push(`${where}: the ledger has no dependency`)
  if (pure.includes(name) && target.startsWith('node:')) problems.push(`${where}: the kernel is pure, it does not import ${target}`)
  if (name === 'kernel') checkKernel(path, where, target)
  if (target.startsWith('.')) {
    const inside = resolve(dirname(path), target)
    if (!inside.startsWith(join(root, 'packages', name) + sep)) problems.push(`${where}: reaches into another package by a path`)
  }
}

function checkKernel(path, where, target) {
  const src = join(root, 'packages', 'kernel', 'src') + sep
  const from = path.slice(src.length).split(sep)[0]
  const to = target.startsWith('.')
    ? resolve(dirname(path), target).slice(src.length).split(sep)[0]
    : /^@selvage\/kernel\/(.+)$/.exec(target)?.[1]
  if (to === undefined || to === from) return
  if (!(from in kernel)) problems.push(`${where}: the kernel has no folder ${from}`)
  else if (!kernel[from].includes(to)) problems.push(`${where}: ${from} may not import ${to}`)
  if (target.startsWith('.') && !target.endsWith('/index.ts') && to !== from)
    problems.push(`${where}: imports the inside of ${to}; its index is its face`)
}

/** `lib: es2023, types: []` catches the rest at compile time. */
function checkPurity(path, text) {
  for (const word of ['Date.now', 'new Date()', 'Math.random']) {
    if (text.includes(word)) problems.push(`${relative(root, path)}: the kernel is pure, ${word} comes in as an argument`)
  }
}

for (const problem of problems) console.error(`architecture: ${problem}`)
if (problems.length > 0) process.exit(1)
console.log(`architecture: ${packages.length} packages, no violation`)
