import {
  type DeclareReplay,
  type DiscoverReplay,
  declareReplayIn,
  discoverReplayIn,
  type Replay,
  readPolicies,
  replayIn,
} from '@selvage/cedar'
import { type Name, tableParts } from '@selvage/kernel/model'
import { openPipe } from '../execute/child-pipe.ts'
import { exactRow } from './exact-row.ts'
import {
  type DecidedRow,
  type DecidedTable,
  type DecideMessage,
  fromOfficial,
  officialFrameBound,
  type Question,
  type ReadMessage,
  toOfficial,
} from './message.ts'

/** The official engine's child: one job, one answer. What it cannot do, an exception or a panic, ends it. */
const { send } = openPipe(officialFrameBound, ({ kind, payload }) => {
  if (kind === toOfficial.read) {
    const { files, schema } = JSON.parse(payload.toString()) as ReadMessage
    send(fromOfficial.read, readPolicies(files, schema))
  } else if (kind === toOfficial.decide) send(fromOfficial.decided, decideAll(JSON.parse(payload.toString()) as DecideMessage))
  else throw new Error('unknown frame')
})

function decideAll({ world, questions }: DecideMessage): readonly DecidedTable[] {
  const replay = replayIn(world)
  const discover = discoverReplayIn(world)
  const declare = declareReplayIn(world)
  return questions.map(question => ({
    rows: decideRows(replay, question),
    ...(question.knownFor === undefined ? {} : { known: decideKnown(discover, question, question.knownFor) }),
    ...(question.declare === undefined ? {} : { declared: decideDeclared(declare, question, question.declare) }),
  }))
}

const decideDeclared = (replay: DeclareReplay, { table, chain, circumstances }: Question, purposes: readonly string[]): readonly string[] =>
  replay({ chain, circumstances, purposes, domain: tableParts(table.id).domain })

function decideKnown(
  replay: DiscoverReplay,
  { table, chain, circumstances, columns, rows }: Question,
  purposes: readonly string[],
): DecidedTable['known'] {
  const names = columns as readonly Name[]
  const known = replay({ table, chain, circumstances, columns: names, purposes, rows: rows.map(exactRow) })
  return { table: known.table, columns: Object.fromEntries(known.columns) }
}

function decideRows(replay: Replay, { table, chain, purpose, circumstances, labels, columns, rows }: Question): readonly DecidedRow[] {
  const options = { columns: columns as readonly Name[], labels, circumstances }
  return rows.map(plain => {
    const seen = chain.map(subject => replay(subject, purpose, table, exactRow(plain), options))
    const cells = columns.map(name => {
      const own = seen.map(one => one.cells.get(name as Name)!)
      return [name, own.every(cell => cell.revealed) ? [...new Set(own.flatMap(cell => [...cell.masks]))] : null] as const
    })
    return { visible: seen.every(one => one.visible), cells: Object.fromEntries(cells) }
  })
}
