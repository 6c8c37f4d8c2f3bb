import { clause, type Node, text } from './node.ts'
import type { Choice } from './random.ts'
import type { Named, Query } from './sources.ts'

/**
 * A statement that leaves open which rows come, and in which order. Nobody can say what its answer is to be; but strictly,
 * other hidden rows move not a byte of it.
 */
export function loose(choice: Choice, tables: readonly Named[], { node }: Query): Node {
  const most = choice.between(1, 20)
  if (choice.chance(0.3)) return text('SELECT * FROM (', node, `) AS loose LIMIT ${most}`)
  const from = joinOf(choice, tables)
  const rest = choice.of([
    '',
    ` LIMIT ${most}`,
    ` USING SAMPLE reservoir(${most} ROWS) REPEATABLE (7)`,
    ' USING SAMPLE bernoulli(40%) REPEATABLE (7)',
  ])
  const [items, group] = choice.of([
    ['*', ''],
    ['*, row_number() OVER () AS n', ''],
    ['k, list(i) AS l, first(v) AS f, sum(CAST(i AS DOUBLE) / 7) AS s', ' GROUP BY k'],
    ['any_value(k) AS k, list(v) AS l, avg(CAST(i AS DOUBLE) / 7) AS s', ''],
  ] as const)
  return text(`SELECT ${items} FROM (${from}`, clause(rest), `) AS loose${group}`)
}

/** Of the columns that no rule hides. */
export function joinOf(choice: Choice, tables: readonly Named[]): string {
  const [a, b] = [choice.of(tables).id, choice.of(tables).id]
  const on = choice.of(['a.country = b.country', 'a.id = b.id', 'a.id <= b.id'])
  return `SELECT a.country AS k, a.id AS i, b.country AS v FROM ${a} AS a ${choice.of(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'])} ${b} AS b ON ${on}`
}
