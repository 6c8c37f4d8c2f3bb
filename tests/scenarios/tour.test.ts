import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DevMesh, hasRealData, realData, selvage, startDevMesh } from '../dev-mesh.ts'

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
    beforeAll(async () => {
      mesh = await startDevMesh({ portBase, ...(data === undefined ? {} : { data }) })
    })
    afterAll(() => mesh?.stop())

    test('every step gives what plain SQL over the files says', async () => {
      const { code, out, err } = await selvage(['tour', '--state', mesh.state, '--json'])
      const told = JSON.parse(out.split('\n')[0]!) as Told
      expect(told.steps.filter(step => !step.ok)).toEqual([])
      expect(new Set(told.steps.map(step => step.step))).toEqual(new Set(['1', '2', '3', '4', '5', '6', '7', '8', '10', '11']))
      expect({ code, err }).toEqual({ code: 0, err: '' })
    })
  })
}
