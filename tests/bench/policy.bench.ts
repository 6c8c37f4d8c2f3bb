import { openOfficialEngine, parsePolicies, validatePolicies } from '@selvage/cedar'
import { missingEntity, PolicySet, parseEntities, parseJsonValue, type Uid, uidKey } from '@selvage/kernel/cedar'
import { type Asker, compilePolicies, decide, discoverable, schemaOf } from '@selvage/kernel/policy'
import { test } from 'vitest'
import { decideWorkload } from './decide-workload.ts'
import { policyMesh } from './policy-mesh.ts'
import { median, report } from './report.ts'

/** Decisions in this process. Each question is timed alone; a clock that is read costs some 0.1 µs of each. */
const sizes = [10, 100, 1_000, 10_000]
const seed = 20_261_125

/** Microseconds: the median and the hundredth slowest of all runs of all questions, after as many that are not counted: of code that is compiled. */
function timed<Q>(questions: readonly Q[], ask: (question: Q) => unknown, rounds: number): { p50: number; p99: number } {
  for (let round = 0; round < rounds; round++) for (const question of questions) ask(question)
  const times: number[] = []
  for (let round = 0; round < rounds; round++)
    for (const question of questions) {
      const before = performance.now()
      ask(question)
      times.push((performance.now() - before) * 1_000)
    }
  times.sort((a, b) => a - b)
  return { p50: times[Math.floor(times.length / 2)]!, p99: times[Math.floor(times.length * 0.99)]! }
}

test('one decision', () => {
  for (const size of sizes) {
    const { policies, entities: list, requests } = decideWorkload(size, seed)
    const part = `policy: one decision, ${size} policies`
    const before = performance.now()
    const set = new PolicySet(policies)
    report({
      part,
      what: 'JSON policies to closures',
      value: performance.now() - before,
      unit: 'ms',
      ...(size === 1_000 ? { atMost: 100 } : {}),
    })
    const entities = parseEntities(list)
    const entity = (uid: Uid) => entities.get(uidKey(uid)) ?? missingEntity(uid)
    const ask = ({ principal, action, resource, context }: (typeof requests)[number]) =>
      set.authorize({
        principal: entity(principal),
        action: entity(action),
        resource: entity(resource),
        context: parseJsonValue(context),
        entities,
      })
    const official = openOfficialEngine('bench', policies, list, undefined)
    for (const request of requests.slice(0, 200)) {
      const [ours, theirs] = [ask(request), official(request)]
      if (ours.decision !== theirs.decision || [...ours.reasons].sort().join() !== [...theirs.reasons].sort().join())
        throw new Error('they differ')
    }
    const own = timed(requests, ask, 20)
    report({
      part,
      what: 'ours, all deciding policies named, p50',
      value: own.p50,
      unit: 'µs',
      ...(size === 1_000 ? { atMost: 3 } : size === 10_000 ? { atMost: 15 } : {}),
    })
    report({ part, what: 'ours, p99', value: own.p99, unit: 'µs' })
    // Its best way: prepared policies, and of the entities only what the request needs.
    const theirs = timed(requests.slice(0, size === 10_000 ? 20 : 200), official, 1)
    report({ part, what: 'cedar-wasm, prepared, p50', value: theirs.p50, unit: 'µs' })
  }
})

/** Bytes that a value holds on to. */
function retained<T>(make: () => T): { value: T; bytes: number } {
  const heap = (): number => {
    for (let at = 0; at < 3; at++) globalThis.gc?.()
    return process.memoryUsage().heapUsed
  }
  const before = heap()
  const value = make()
  return { value, bytes: heap() - before }
}

/** A subject that was never seen: nothing that was worked out for it is there. */
const unseen = (asker: Asker): Asker => ({ ...asker, subject: { ...asker.subject } })

test('a whole statement', () => {
  for (const columns of [10, 30]) {
    const { mesh, files, askers } = policyMesh(1_000, columns, seed)
    const part = `policy: a statement over one table, 1,000 policies`
    const before = performance.now()
    const { policies } = parsePolicies(files)
    const read = performance.now()
    const compiled = compilePolicies(mesh, policies)
    const ready = performance.now()
    report({ part, what: `activation, ${columns} columns a table: parse (cedar-wasm)`, value: read - before, unit: 'ms' })
    report({ part, what: `activation, ${columns} columns a table: lint and compile`, value: ready - read, unit: 'ms' })
    const tables = [...compiled.world.tables.keys()]
    const questions = askers.map((asker, at) => ({ asker, table: tables[(at * 7) % tables.length]! }))
    const first = questions.map(({ asker, table }) => {
      const began = performance.now()
      decide(compiled, asker, table)
      return (performance.now() - began) * 1_000
    })
    report({ part, what: `rows and ${columns} columns, asked for the first time, p50`, value: median(first), unit: 'µs' })
    const { p50, p99 } = timed(questions, ({ asker, table }) => decide(compiled, asker, table), 20)
    report({ part, what: `rows and ${columns} columns, p50`, value: p50, unit: 'µs', atMost: columns === 10 ? 20 : 60 })
    report({ part, what: `rows and ${columns} columns, p99`, value: p99, unit: 'µs' })
    const strangers = timed(questions, ({ asker, table }) => decide(compiled, unseen(asker), table), 20)
    report({ part, what: `rows and ${columns} columns, a subject never seen, p50`, value: strangers.p50, unit: 'µs' })
    if (columns === 30) continue
    // Each policy against each of the 200 row types.
    const began = performance.now()
    const unsound = validatePolicies(schemaOf(mesh), policies)
    report({ part, what: 'activation: validate strictly (cedar-wasm)', value: performance.now() - began, unit: 'ms' })
    if (unsound.some(one => one.severity === 'error')) throw new Error(JSON.stringify(unsound))
    const listings = askers.slice(0, 100).map(unseen)
    const started = performance.now()
    for (const asker of listings) discoverable(compiled, asker)
    const listed = performance.now() - started
    report({ part, what: `${listings.length * tables.length} tables and their columns filtered`, value: listed, unit: 'ms', atMost: 250 })
  }
})

test('memory at 10,000 policies', () => {
  const part = 'policy: memory, 10,000 policies'
  const workload = decideWorkload(10_000, seed)
  const set = retained(() => new PolicySet(workload.policies))
  report({ part, what: 'decide-workload, closures and index', value: set.bytes / 2 ** 20, unit: 'MiB' })
  const { mesh, files } = policyMesh(10_000, 10, seed)
  const { policies } = parsePolicies(files)
  const compiled = retained(() => compilePolicies(mesh, policies))
  report({ part, what: 'mesh-like, beside its JSON', value: compiled.bytes / 2 ** 20, unit: 'MiB' })
  if (set.value === undefined || compiled.value === undefined) throw new Error('collected')
})
