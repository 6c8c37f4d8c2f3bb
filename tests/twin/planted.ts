import { statSync } from 'node:fs'
import { SelvageError } from '@selvage/kernel/model'
import type { Gate } from '../../packages/gate/src/ports.ts'
import { parseTree, printTree, type SqlTree } from '../../packages/kernel/src/query/index.ts'
import { isList, isRecord, listOf, makeRecord, mapParts, type SqlRecord, textOf, withFields } from '../../packages/kernel/src/query/tree.ts'
import { notStrictly } from './opened.ts'

/** A secured relation's SELECT, and what is left of it by a mistake. */
type Weaken = (select: SqlRecord) => SqlRecord
/** Whether the mistake is made below this part of a statement. */
type Where = (part: SqlRecord) => boolean

const withoutFilter: Weaken = select => withFields(select, { where_clause: null })

/** Each column as it is stored. */
const withoutMasks: Weaken = select =>
  withFields(select, {
    select_list: listOf(select, 'select_list').map(item =>
      isRecord(item) && item.class !== 'COLUMN_REF'
        ? makeRecord({
            class: 'COLUMN_REF',
            type: 'COLUMN_REF',
            alias: textOf(item, 'alias'),
            query_location: item.query_location ?? null,
            column_names: [textOf(item, 'alias')],
          })
        : item,
    ),
  })

const isStar = (item: SqlTree): boolean => isRecord(item) && item.class === 'STAR'

/** Mistakes as rewriters make them: one place of a statement, forgotten. */
export const weaknesses = {
  'the filter, where a table stands on either side of a LEFT JOIN': [
    withoutFilter,
    part => part.type === 'JOIN' && part.join_type === 'LEFT',
  ],
  'the filter, in a subquery of an expression': [withoutFilter, part => part.class === 'SUBQUERY'],
  'the filter, in a CTE': [withoutFilter, part => isRecord(part.cte_map) && listOf(part.cte_map, 'map').length > 0],
  'the masks, under a star or COLUMNS': [withoutMasks, part => part.type === 'SELECT_NODE' && listOf(part, 'select_list').some(isStar)],
  'the masks, in a set operation': [withoutMasks, part => part.type === 'SET_OPERATION_NODE'],
} as const satisfies Readonly<Record<string, readonly [Weaken, Where]>>

/**
 * The gate with a mistake in what it makes of statements. The engine child is told that the weakened relations are
 * fine, so that nothing but the answers can show it.
 */
export function plant(gate: Gate, [weaken, where]: readonly [Weaken, Where]): Gate {
  const rewritten = (text: string): string => printTree(applied(parseTree(text), weaken, where, false))
  const template = async (text: string): Promise<string> => {
    const tree = parseTree(await gate.parser.parse(text))
    return gate.parser.print(printTree(applied(tree, weaken, () => true, true)))
  }
  return {
    ...gate,
    parser: {
      parse: sql => gate.parser.parse(sql),
      bind: (...given) => gate.parser.bind(...given),
      close: () => gate.parser.close(),
      print: text => gate.parser.print(rewritten(text)),
    },
    engine: {
      ...gate.engine,
      run: async job => gate.engine.run({ ...job, templates: [...job.templates, ...(await Promise.all(job.templates.map(template)))] }),
    },
  }
}

const withRun = (gate: Gate, run: Gate['engine']['run']): Gate => ({ ...gate, engine: { ...gate.engine, run } })

/** Mistakes that leave the rows, the columns and the codes of refusals as they are. */
export const tellTales = {
  'an error tells how large the file is': gate =>
    withRun(gate, async job => {
      try {
        return await gate.engine.run(job)
      } catch (error) {
        if (!(error instanceof SelvageError) || error.code !== 'query.data') throw error
        const bytes = job.files.reduce((sum, { path }) => sum + statSync(path).size, 0)
        throw new SelvageError(error.code, { ...error.options, detail: `A value in ${bytes} bytes does not fit.` })
      }
    }),
} as const satisfies Readonly<Record<string, (gate: Gate) => Gate>>

/** Mistakes of a gate that is to keep its products strictly. */
export const strictWeaknesses = {
  'a child that plans by the sizes of tables': gate => withRun(gate, job => gate.engine.run({ ...job, strict: false })),
  'secured relations in the place of their tables': gate => {
    const loose = notStrictly(gate)
    return withRun(loose, job => gate.engine.run({ ...job, strict: true }))
  },
} as const satisfies Readonly<Record<string, (gate: Gate) => Gate>>

function applied(tree: SqlTree, weaken: Weaken, where: Where, inside: boolean): SqlTree {
  if (isList(tree)) return tree.map(item => applied(item, weaken, where, inside))
  if (!isRecord(tree)) return tree
  const from = tree.from_table
  if (tree.type === 'SELECT_NODE' && isRecord(from) && textOf(from, 'catalog_name').startsWith('p_')) return inside ? weaken(tree) : tree
  return mapParts(tree, part => applied(part, weaken, where, inside || where(tree)))
}
