import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DevMesh, hasRealData, realData, selvage, startDevMesh } from '../dev-mesh.ts'
import { buildAuditor, hasGo } from './go-auditor.ts'

interface Told {
  readonly ok: boolean
  readonly steps: readonly { readonly step: string; readonly what: string; readonly ok: boolean; readonly detail: string }[]
}

const sets = [
  { name: 'sample', portBase: 18_100, data: undefined },
  { name: 'real', portBase: 18_200, data: realData },
]

for (const { name, portBase, data } of sets) {
  describe.skipIf(data !== undefined && !hasRealData)(`the tour on ${name} data`, () => {
    let mesh: DevMesh
    let scratch: string
    beforeAll(async () => {
      scratch = mkdtempSync(join(tmpdir(), 'selvage-tour-test-'))
      mesh = await startDevMesh({ portBase, ...(data === undefined ? {} : { data }) })
    })
    afterAll(async () => {
      await mesh?.stop()
      rmSync(scratch, { recursive: true, force: true })
    })

    test('every step gives what plain SQL over the files says', async () => {
      const { code, out, err } = await selvage(['tour', '--state', mesh.state, '--json'])
      const told = JSON.parse(out.split('\n')[0]!) as Told
      expect(told.steps.filter(step => !step.ok)).toEqual([])
      expect(new Set(told.steps.map(step => step.step))).toEqual(new Set(['1', '2', '3', '4', '5', '5b', '6', '7', '8', '9', '10', '11']))
      expect({ code, err }).toEqual({ code: 0, err: '' })
    })

    // In CI it must run: without Go it fails there rather than vanish.
    test.skipIf(!hasGo && process.env.CI !== 'true')('its log verifies with Go, which refuses it flipped, cut and truncated', async () => {
      const audit = buildAuditor(scratch)
      const copy = copyLog(mesh, 'sales', scratch, 'before')
      const key = mesh.dev.verifierKeys.find(candidate => candidate.startsWith('example/sales/'))!
      expect(audit(copy, key)).toMatchObject({ accepted: true })
      for (let i = 0; i < 3; i++)
        await selvage(['query', '--state', mesh.state, '--as', 'rep', '--purpose', 'analytics', 'SELECT 1 FROM sales.crm.customer'])
      await new Promise(resolve => setTimeout(resolve, 600))
      const later = copyLog(mesh, 'sales', scratch, 'after')
      const remembered = join(scratch, 'remembered')
      cpSync(join(later, 'checkpoint'), remembered)
      expect(audit(later, key, join(copy, 'checkpoint'))).toMatchObject({ accepted: true })
      expect(audit(copy, key, remembered)).toMatchObject({ accepted: false, said: expect.stringContaining('truncated') })
      const [entries] = newestEntries(later)
      const whole = readFileSync(entries!)
      const flipped = Buffer.from(whole)
      flipped[30]! ^= 1
      writeFileSync(entries!, flipped)
      expect(audit(later, key).accepted).toBe(false)
      writeFileSync(entries!, whole)
      truncateSync(entries!, whole.length - 3)
      expect(audit(later, key).accepted).toBe(false)
    })
  })
}

function copyLog(mesh: DevMesh, domain: string, scratch: string, name: string): string {
  const from = mesh.dev.gates[domain]!.logs.audit
  const to = join(scratch, name)
  for (const part of ['checkpoint', 'tile']) cpSync(join(from, part), join(to, part), { recursive: true })
  return to
}

/** Entry bundles, that of the newest checkpoint first. */
function newestEntries(log: string): string[] {
  const dir = join(log, 'tile', 'entries')
  const paths = readdirSync(dir, { recursive: true, encoding: 'utf8' }).map(path => join(dir, path))
  return paths.filter(path => statSync(path).isFile()).sort((a, b) => statSync(b).size - statSync(a).size)
}
