import { readPolicies } from '@selvage/cedar'
import { openPipe } from '../execute/child-pipe.ts'
import { fromOfficial, officialFrameBound, type ReadMessage, toOfficial } from './message.ts'

/** The official engine's child: one job, one answer. What it cannot do, an exception or a panic, ends it. */
const { send } = openPipe(officialFrameBound, ({ kind, payload }) => {
  if (kind !== toOfficial.read) throw new Error('unknown frame')
  const { files, schema } = JSON.parse(payload.toString()) as ReadMessage
  send(fromOfficial.read, readPolicies(files, schema))
})
