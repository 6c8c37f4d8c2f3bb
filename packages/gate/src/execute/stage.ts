import { productId, SelvageError, tableParts } from '@selvage/kernel/model'
import { conditionColumns, type TableDecision } from '@selvage/kernel/policy'
import { hasNestedLambda, mayReadWhole, type SqlTree } from '@selvage/kernel/query'
import type { Ruling } from '../decide/index.ts'
import { onceFor } from '../once-for.ts'
import type { Gate } from '../ports.ts'
import type { Rewritten } from '../rewrite/index.ts'
import type { Generation } from '../sync/generation.ts'
import type { Job, Running } from './index.ts'

/** A statement that the engine child has verified and started. No row of it may leave yet. */
export interface Executed {
  readonly '~stage': 'executed'
  readonly running: Running
  /** With their types as it runs. */
  readonly columns: Rewritten['columns']
  readonly cancel: () => Promise<void>
}

export interface Run {
  readonly separator: ',' | '\n'
  /** Ends it, by its reason with which error. */
  readonly stop: AbortController
  /** Resolves when its rows have left. */
  readonly left: Promise<unknown>
}

export async function execute(gate: Gate, rewritten: Rewritten, { separator, stop, left }: Run): Promise<Executed> {
  const { decided, sql, templates, columns, strict } = rewritten
  const { products } = decided.identified.generation
  const running = await runOn(gate, decided.ruling.tree, {
    files: filesOf(products),
    sql,
    templates,
    strict,
    columnsAllowed: strict ? columnsShown(decided.ruling) : columnsAllowed(decided.ruling),
    subject: decided.ruling.asker.subject.id,
    ...(decided.request.parameters === undefined ? {} : { parameters: decided.request.parameters }),
    separator,
    signal: stop.signal,
    left,
  })
  const cancel = async (): Promise<void> => {
    stop.abort()
    await running.done.catch(() => undefined)
  }
  const shape = findShape(running.columns, columns, decided.request.parameters !== undefined)
  if (shape === undefined) {
    await cancel()
    throw new SelvageError('engine.refused', { cause: { expected: columns, got: running.columns } })
  }
  return { '~stage': 'executed', running, columns: shape, cancel }
}

/** The verified text is bound as the original was, but for what the engine cannot write as it read it. */
async function runOn({ engine }: Gate, tree: SqlTree, job: Job): Promise<Running> {
  try {
    return await engine.run(job)
  } catch (error) {
    const unbound = error instanceof SelvageError && error.code === 'engine.refused' && String(error.options.cause).includes('binder: ')
    if (!unbound || !hasNestedLambda(tree)) throw error
    throw new SelvageError('query.unsupported', {
      detail: 'A lambda within a lambda may not use columns from around its subquery.',
      help: 'Compute one of them in FROM, or write the subquery as a join.',
      cause: error,
    })
  }
}

export const filesOf = onceFor((products: Generation['products']) =>
  [...products.values()].map(({ alias, manifest }) => ({ alias, path: manifest.file })),
)

type Columns = ReadonlyMap<string, ReadonlySet<string>>

/**
 * What the engine's plan may read: the columns that the text names, or, where the engine may read more than it needs,
 * all that stand in the secured relations; and those that the rules look at.
 */
const columnsAllowed = onceFor(
  (ruling: Ruling): Columns =>
    mayReadWhole(ruling.tree) ? columnsShown(ruling) : columnsBy(ruling, ({ table }) => ruling.used.get(table) ?? []),
)

/** Strictly, each secured relation stands in a CTE that is kept apart: the engine reads it whole. */
const columnsShown = onceFor((ruling: Ruling): Columns => columnsBy(ruling, ({ columns }) => columns.map(({ name }) => name)))

function columnsBy({ tables, generation }: Ruling, namesOf: (decision: TableDecision) => Iterable<string>): Columns {
  const { products } = generation
  return new Map(
    [...tables.values()].map(decision => {
      const { domain, product, table } = tableParts(decision.table)
      const alias = products.get(productId(domain, product))?.alias
      return [`${alias}.main.${table}`, new Set([...namesOf(decision), ...conditionColumns(decision)])]
    }),
  )
}

/**
 * The shape of a result is that of the original text; any other is a fault of the rewriter (undefined). With values the engine
 * (1.5.6) folds what is always NULL as it runs, not as it describes the text, and a NULL without a type is an INTEGER to it.
 */
function findShape(got: Running['columns'], expected: Rewritten['columns'], withValues: boolean): Rewritten['columns'] | undefined {
  if (got.length !== expected.length) return undefined
  const other = got.filter(({ type }, i) => type !== expected[i]!.type)
  if (other.length === 0) return expected
  const untyped = withValues && other.every(({ type }) => /^INTEGER(\[\])*$/.test(type))
  return untyped ? expected.map((column, i) => ({ ...column, type: got[i]!.type })) : undefined
}
