import { SelvageError } from '@selvage/kernel/model'
import { tokensOf } from './words.ts'

/** Per first word: what the statement is, and what to write instead. */
const sentences: readonly (readonly [words: readonly string[], detail: string, help: string])[] = [
  [
    ['insert', 'update', 'delete', 'merge', 'truncate'],
    'This door reads; it changes no data.',
    'Select the rows; data is changed by publishing the product.',
  ],
  [
    ['create', 'alter', 'drop', 'comment', 'rename'],
    'Nothing can be created, altered or dropped here.',
    'Put the definition into the statement: WITH name AS (SELECT …) SELECT … FROM name.',
  ],
  [
    ['copy', 'export', 'import'],
    'Nothing can be copied to or from a file here.',
    'Select the rows and save the answer; application/x-ndjson streams it.',
  ],
  [
    ['attach', 'detach', 'use'],
    'No database can be attached or changed to here.',
    'Name the table in full: SELECT … FROM domain.product.table.',
  ],
  [['pragma'], 'PRAGMA is not taken here.', 'DESCRIBE domain.product.table shows its columns.'],
  [['set', 'reset'], 'No setting can be changed here.', 'Put a value into the statement itself, or send it as a parameter.'],
  [
    ['explain', 'analyze'],
    'Plans are not shown: they hold the rules’ own conditions.',
    '`selvage why` explains what is decided about a statement.',
  ],
  [['prepare', 'execute', 'deallocate'], 'Prepared statements are not kept here.', 'Send the statement with its parameters: $1, or $name.'],
  [
    ['begin', 'start', 'commit', 'rollback', 'end', 'abort', 'savepoint'],
    'There are no transactions here.',
    'Each statement reads one version of each product.',
  ],
  [['call'], 'Procedures cannot be called here.', 'Write a SELECT.'],
  [['install', 'load', 'update_extensions'], 'Extensions cannot be loaded here.', 'Write a SELECT with the functions that are there.'],
  [['vacuum', 'checkpoint'], 'The engine cannot be maintained through this door.', 'Write a SELECT.'],
  [['declare', 'fetch', 'close', 'move'], 'There are no cursors here.', 'Send the SELECT itself; application/x-ndjson streams its rows.'],
  [['grant', 'revoke'], 'Access is not granted in SQL.', 'The domain’s rules grant it; see `selvage why`.'],
]

const byWord = new Map(sentences.flatMap(([words, detail, help]) => words.map(word => [word, { detail, help }] as const)))

const several = { detail: 'Several statements were sent.', help: 'Send one statement at a time.' }
const pivot = {
  detail: 'A PIVOT without a list of values is two statements, of which one creates a type.',
  help: 'List the values: PIVOT … ON column IN (value, …) USING ….',
}
const other = {
  detail: 'This is not a single SELECT.',
  help: 'Write one SELECT (or WITH, FROM, VALUES, PIVOT … IN, UNPIVOT, DESCRIBE, SUMMARIZE).',
}

/** @param sql what the engine's parser knows and will not take for one SELECT */
export function refusalOf(sql: string): SelvageError {
  const [first, ...rest] = [...tokensOf(sql)].map(({ text }) => text.toLowerCase()).filter(word => word !== '(')
  const statementEnds = rest.indexOf(';')
  if (statementEnds >= 0 && rest.slice(statementEnds).some(word => word !== ';')) return new SelvageError('query.unsupported', several)
  const known = byWord.get(first ?? '')
  if (known !== undefined) return new SelvageError('query.unsupported', known)
  if (first === 'with') {
    const changing = rest.find(word => ['insert', 'update', 'delete', 'merge'].includes(word))
    const change = changing === undefined ? undefined : byWord.get(changing)
    if (change !== undefined) return new SelvageError('query.unsupported', change)
  }
  if (first === 'pivot' || rest.some(word => word === 'pivot' || word === 'pivot_wider'))
    return new SelvageError('query.unsupported', pivot)
  return new SelvageError('query.unsupported', other)
}

export const severalRefusal = (): SelvageError => new SelvageError('query.unsupported', several)
export const emptyRefusal = (): SelvageError =>
  new SelvageError('query.syntax', { detail: 'There is no statement in what was sent.', help: other.help })
