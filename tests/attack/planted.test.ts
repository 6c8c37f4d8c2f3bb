import type { ColumnType, Name, TableId } from '@selvage/kernel/model'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Decided } from '../../packages/gate/src/decide/index.ts'
import type { SqlRequest } from '../../packages/gate/src/decide/request.ts'
import type { Rewritten } from '../../packages/gate/src/rewrite/index.ts'
import { allowedFunctions, allowedTableFunctions, refusedNames } from '../../packages/kernel/src/query/functions.ts'
import { type Attack, filterForms, openAttack } from './attack.ts'
import { families, type Hostile, light } from './corpus.ts'

/** What is planted now. Tests alone can: the modules of the gate are replaced by ones that ask here first. */
const planted = vi.hoisted(() => ({
  text: undefined as ((request: SqlRequest) => SqlRequest) | undefined,
  decided: undefined as ((decided: Decided) => Decided) | undefined,
  secured: undefined as ((sql: string, asked: string) => string) | undefined,
}))
const unlocked = await vi.hoisted(async () => (await import('./unlocked-children.ts')).makeUnlockedChildren())

vi.mock('../../packages/gate/src/execute/child-process.ts', async original => {
  const real = await original<typeof import('../../packages/gate/src/execute/child-process.ts')>()
  const scriptBeside: typeof real.scriptBeside = (url, name) => {
    const script = real.scriptBeside(url, name)
    return `${unlocked.dir}${script.slice(script.lastIndexOf('/packages/'))}`
  }
  return { ...real, scriptBeside }
})
vi.mock('../../packages/gate/src/decide/index.ts', async original => {
  const { decide } = await original<typeof import('../../packages/gate/src/decide/index.ts')>()
  const faulty: typeof decide = async (gate, identified, request) => {
    const decided = await decide(gate, identified, planted.text?.(request) ?? request)
    return planted.decided?.(decided) ?? decided
  }
  return { decide: faulty }
})
vi.mock('../../packages/gate/src/rewrite/index.ts', async original => {
  const { rewrite } = await original<typeof import('../../packages/gate/src/rewrite/index.ts')>()
  const faulty: typeof rewrite = async (gate, decided) => {
    const rewritten: Rewritten = await rewrite(gate, decided)
    return { ...rewritten, sql: planted.secured?.(rewritten.sql, decided.request.sql) ?? rewritten.sql }
  }
  return { rewrite: faulty }
})

/** Everything of `sql` that is a secured relation of a customer, brackets and all, changed. */
function eachRelation(sql: string, change: (relation: string, before: string) => string): string {
  const start = '(SELECT customer_id AS customer_id,'
  let out = ''
  let rest = sql
  for (let at = rest.indexOf(start); at >= 0; at = rest.indexOf(start)) {
    const end = closing(rest, at)
    out += rest.slice(0, at)
    out += change(rest.slice(at, end), out)
    rest = rest.slice(end)
  }
  return out + rest
}

function closing(sql: string, from: number): number {
  let depth = 0
  for (let at = from; at < sql.length; at += 1) {
    if (sql[at] === '(') depth += 1
    if (sql[at] === ')') depth -= 1
    if (depth === 0) return at + 1
  }
  return sql.length
}

const withoutFilter = (relation: string): string => relation.replace(/ WHERE .*/s, ')')
const withoutMasks = (relation: string): string =>
  `(SELECT customer_id, first_name, email, country, support_rep_id, birth, spent, vip, phone, joined, score FROM p_crm_v1.main.customer${relation.includes(' WHERE ') ? ` WHERE ${relation.slice(relation.indexOf(' WHERE ') + 7)}` : ')'}`
const withColumn = (relation: string): string => relation.replace(' FROM p_crm_v1', ', secret AS secret FROM p_crm_v1')

type Undo = () => void
const undo = (): void => void Object.assign(planted, { text: undefined, decided: undefined, secured: undefined })

/** A rewriter that forgets, in statements that hold this. */
const forgets = (sign: RegExp, change: (relation: string, before: string) => string) => (): Undo => {
  planted.secured = (sql, asked) => (sign.test(asked) ? eachRelation(sql, change) : sql)
  return undo
}
/** Lists of what is allowed that have one word too many. */
const allows =
  (list: ReadonlySet<string>, ...names: readonly string[]) =>
  (): Undo => {
    for (const name of names) (list as Set<string>).add(name)
    return () => {
      for (const name of names) (list as Set<string>).delete(name)
    }
  }
/** A gate that reads another text than was sent. */
const reads = (change: (sql: string, request: SqlRequest) => string) => (): Undo => {
  planted.text = request => ({ ...request, sql: change(request.sql, request) })
  return undo
}

const showsSecret = (): Undo => {
  const customer = 'shop.crm.customer' as TableId
  planted.decided = ({ ruling, ...decided }) => {
    const visible = new Map(ruling.visible).set(customer, [...ruling.visible.get(customer)!, 'secret' as Name])
    return { ...decided, ruling: { ...ruling, visible } }
  }
  planted.secured = sql => eachRelation(sql, withColumn)
  return undo
}
/** What its rows reach, as a column of the customers like any other. */
const showsSet = (): Undo => {
  const customer = 'shop.crm.customer' as TableId
  const helped = 'helped' as Name
  planted.decided = ({ ruling, ...decided }) => {
    const visible = new Map(ruling.visible).set(customer, [...ruling.visible.get(customer)!, helped])
    const binding = ruling.generation.bindings.get(customer)!
    const columns = new Map(binding.columns).set(helped, { type: 'VARCHAR[]' as ColumnType })
    const bindings = new Map(ruling.generation.bindings).set(customer, { ...binding, columns })
    return { ...decided, ruling: { ...ruling, visible, generation: { ...ruling.generation, bindings } } }
  }
  planted.secured = sql => eachRelation(sql, relation => relation.replace(' FROM p_crm_v1', ', "helped~set" AS helped FROM p_crm_v1'))
  return undo
}
const takesEngineNames = (): Undo => {
  planted.text = request => ({ ...request, sql: request.sql.replace(/"?p_crm_v1"?\."?main"?\."?customer"?/gi, 'shop.crm.customer') })
  planted.secured = (sql, asked) => (/shop/.test(asked) ? eachRelation(sql, relation => withoutFilter(withoutMasks(relation))) : sql)
  return undo
}
const forgetsRowid = (): Undo => {
  ;(refusedNames as Set<string>).delete('rowid')
  return () => void (refusedNames as Set<string>).add('rowid')
}
const inline = (sql: string, { parameters }: SqlRequest): string =>
  Object.entries(parameters ?? {}).reduce(
    (text, [name, value]) =>
      text.replaceAll(`$${Array.isArray(parameters) ? Number(name) + 1 : name}`, typeof value === 'string' ? `'${value}'` : String(value)),
    sql,
  )

/** One for each family but those that take more than there is: `planted-bounds.test.ts` has one for each bound. */
const plants: Readonly<Record<string, readonly [what: string, plant: () => Undo]>> = {
  'plain-statement': ['a relation without its filter', forgets(/./, withoutFilter)],
  'forgotten-syntax': [
    'a table in a subquery of an expression',
    forgets(/./, (relation, before) => (/(IN|ANY|EXISTS|ARRAY)\s*\([^()]*$/i.test(before) ? withoutFilter(relation) : relation)),
  ],
  'whole-rows': ['cells without their masks', forgets(/./, withoutMasks)],
  'name-tricks': ['cells without their masks', forgets(/NATURAL|USING/, withoutMasks)],
  shadowing: [
    'a CTE read as the table of its name',
    () => {
      planted.secured = (sql, asked) =>
        /^WITH customer/i.test(asked) ? sql.replace(/FROM selvage_\w+/g, 'FROM p_crm_v1.main.customer') : sql
      return undo
    },
  ],
  'hidden-columns': ['a column that should not exist', showsSecret],
  'hidden-places': ['the place of a row', forgetsRowid],
  'string-to-SQL': ['query and query_table on the list', allows(allowedTableFunctions, 'query', 'query_table')],
  statistics: ['stats on the list', allows(allowedFunctions, 'stats')],
  metadata: ['catalogs on the list', allows(allowedTableFunctions, 'duckdb_tables', 'duckdb_columns', 'duckdb_settings')],
  settings: ['settings on the list', allows(allowedFunctions, 'current_setting', 'current_schemas')],
  macros: ['a table in the argument of a macro', forgets(/list_aggr|json_each|nullif/, withoutFilter)],
  sequences: ['side effects on the list', allows(allowedFunctions, 'setseed', 'nextval')],
  'side-effects': ['what is no SELECT taken in silence', reads(sql => (/^(BEGIN|VACUUM|CHECKPOINT|USE)/.test(sql) ? 'SELECT 1' : sql))],
  files: ['readers of files on the list', allows(allowedTableFunctions, 'read_text', 'read_csv', 'read_blob', 'glob')],
  'replacement-scans': ['readers of files on the list', allows(allowedTableFunctions, 'read_text', 'read_csv_auto', 'read_json_auto')],
  'names-of-the-engine': ['names of the engine resolved', takesEngineNames],
  'error-oracles': ['conditions of the asker before the filter', forgets(/WHERE|HAVING/, withoutFilter)],
  sampling: ['a table that is sampled or limited', forgets(/SAMPLE|LIMIT/, withoutFilter)],
  'collations-and-types': ['a table beside a COLLATE or a cast', forgets(/COLLATE|CAST|::/, withoutFilter)],
  lambdas: ['a table beside a lambda', forgets(/->|lambda/, withoutFilter)],
  'time-travel': ['AT left out in silence', reads(sql => sql.replace(/ AT \(.*?\)/, ''))],
  'dynamic-SQL': ['the source of a PIVOT', forgets(/PIVOT/, withoutFilter)],
  parameters: ['values written into the text', reads(inline)],
  quoting: ['quotes around names ignored', reads(sql => sql.replaceAll('"', ''))],
  unicode: ['letters that look alike made alike', reads(sql => sql.normalize('NFKC'))],
  'odd-characters': ['signs without a width ignored', reads(sql => sql.replace(/[\u200b\u00ad\u202e\u2066-\u2069]/g, ''))],
}

/** What became of each statement that was not caught: it says why a planted weakness was not seen. */
const uncaught: string[] = []

describe('each family catches a weakness of its kind', () => {
  let attack: Attack
  beforeAll(async () => {
    attack = await openAttack(filterForms[0]!, { alone: true, limits: { engine: { timeoutMs: 4_000 } } })
  })
  afterAll(() => attack.close())

  it('has a plant for each family', () => {
    expect(Object.keys(plants).sort()).toEqual(families.filter(family => light.some(statement => statement.family === family)).sort())
  })

  it.each(Object.entries(plants))(
    '%s',
    async (family, [what, plant]) => {
      const statements = light.filter(statement => statement.family === family)
      const undoPlant = plant()
      const caught = await firstCaught(attack, statements)
      undoPlant()
      expect(caught, `${what}; ${uncaught}`).toBeDefined()
      // In a text of its own: what was decided of the other one with the plant is remembered.
      expect(await isCaught(attack, { ...caught!, sql: `${caught!.sql}\n` }), 'without the plant').toBe(false)
    },
    60_000,
  )

  it.each(['hidden-columns', 'whole-rows', 'lambdas'])('what a row reaches, as a column: %s', async family => {
    const naming = light.filter(statement => statement.family === family && /helped/.test(statement.sql))
    const undoPlant = showsSet()
    const caught = await firstCaught(attack, naming)
    undoPlant()
    expect(caught, `${uncaught}; ${attack.told()}`).toBeDefined()
    expect(await isCaught(attack, { ...caught!, sql: `${caught!.sql}\n` }), 'without the plant').toBe(false)
  })
})

/**
 * Under a filter that the engine does not look at first by itself, and with children that leave its optimizer as it is.
 * The official engine's filter names each row that is seen: what they have in common is looked at first, so it is ours here in every run.
 */
describe('what hidden rows fail at is told', () => {
  let attack: Attack
  beforeAll(async () => {
    attack = await openAttack('either of two columns', { alone: true, limits: { policyEngine: 'selvage' } })
  })
  afterAll(async () => {
    await attack.close()
    unlocked.remove()
  })
  const oracles = light.filter(({ family, sql }) => family === 'error-oracles' && !sql.includes('epoch_ns'))
  const ofStatistics = { ...oracles[0]!, sql: 'SELECT count(*) FROM shop.crm.customer WHERE epoch_ns(joined) > 0' }

  it('by a planner that knows the statistics of their values', async () => {
    expect(light.map(({ sql }) => sql)).toContain(ofStatistics.sql)
    expect(await isCaught(attack, ofStatistics)).toBe(true)
  })

  it('where no barrier stands before what the asker computes', { timeout: 60_000 }, async () => {
    expect(await firstCaught(attack, oracles)).toBeUndefined()
    planted.secured = sql => eachRelation(sql, relation => relation.replace(' OFFSET 0', ''))
    const caught = await firstCaught(
      attack,
      oracles.map(one => ({ ...one, sql: `${one.sql}\n` })),
    )
    undo()
    expect(caught, `${uncaught}; ${attack.told()}`).toBeDefined()
  })
})

async function firstCaught(attack: Attack, statements: readonly Hostile[]): Promise<Hostile | undefined> {
  uncaught.length = 0
  for (const statement of statements) if (await isCaught(attack, statement)) return statement
  return undefined
}

async function isCaught(attack: Attack, statement: Hostile): Promise<boolean> {
  const outcome = await attack.send(statement)
  const caught = await attack.expectNoLeak(outcome, statement).then(
    () => false,
    () => true,
  )
  if (!caught) uncaught.push('code' in outcome ? outcome.code : 'answered')
  return caught
}
