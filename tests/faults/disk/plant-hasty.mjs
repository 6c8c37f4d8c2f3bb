// Preloaded (`--import`) into a gate: it gives its rows away without waiting for their entry. A test of the tests.
import { register } from 'node:module'

const from = 'const { index, leaf } = await gate.audit.append(entry, blob);'
const to = `const index = gate.audit.size
        const leaf = createHash('sha256').update(Buffer.concat([Buffer.from([0]), entry])).digest('hex')
        gate.audit.append(entry, blob).catch(() => undefined)`

const hooks = `export async function load(url, context, next) {
  const loaded = await next(url, context)
  if (!url.endsWith('/gate/dist/record/append.js')) return loaded
  const source = String(loaded.source)
  if (!source.includes(${JSON.stringify(from)})) throw new Error('nothing to plant in')
  return { ...loaded, source: source.replace(${JSON.stringify(from)}, ${JSON.stringify(to)}) }
}`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)
