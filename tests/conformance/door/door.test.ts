import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import type { DevMesh } from '../../dev-mesh.ts'
import { answers } from './answers.suite.ts'
import { Door } from './door.ts'
import { entries } from './entries.suite.ts'
import { fuzz } from './fuzz.suite.ts'
import { hidden } from './hidden.suite.ts'
import { startLabMesh } from './lab-mesh.ts'
import { documented } from './openapi.suite.ts'
import { oversight } from './oversight.suite.ts'
import { purposes } from './purposes.suite.ts'
import { requests } from './requests.suite.ts'
import { secrets } from './secrets.suite.ts'
import type { Stand } from './stand.ts'
import { whoSaw } from './who-saw.suite.ts'

describe('the door, SQL over HTTP', () => {
  let mesh: DevMesh
  const stand = {} as Stand
  beforeAll(async () => {
    mesh = await startLabMesh(20_100)
    stand.door = await Door.of(mesh, 'lab')
    stand.auditDir = mesh.dev.gates.lab!.logs.audit
    stand.output = mesh.output
    stand.logDir = join(mesh.state, 'logs')
  })
  afterAll(() => mesh?.stop())

  answers(stand)
  requests(stand)
  hidden(stand)
  purposes(stand)
  whoSaw(stand)
  oversight(stand)
  entries(stand)
  documented(stand)
  fuzz(stand)
  secrets(stand)
})
