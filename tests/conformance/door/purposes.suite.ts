import { describe, expect, test } from 'vitest'
import type { Stand } from './stand.ts'

const sql = 'SELECT count(*) FROM lab.shop.orders'

export function purposes(stand: Stand): void {
  describe('purposes', () => {
    const refusal = async (who: string, purpose: string | undefined, path = '/v1/sql'): Promise<unknown> => {
      const { status, body } = await stand.door.as(who, path, { sql, ...(purpose === undefined ? {} : { purpose }) })
      return { status, code: body.code, help: body.help }
    }

    test('missing, unknown, not permitted: each lists those that one may declare', async () => {
      const both = 'You may declare: analytics, support.'
      for (const path of ['/v1/sql', '/v1/why']) {
        expect(await refusal('ana@staff', undefined, path)).toEqual({ status: 400, code: 'purpose.missing', help: both })
        expect(await refusal('ana@staff', 'Analytics', path)).toEqual({ status: 400, code: 'purpose.unknown', help: both })
        expect(await refusal('ana@staff', 'constructor', path)).toEqual({ status: 400, code: 'purpose.unknown', help: both })
        expect(await refusal('ana@staff', 'marketing', path)).toEqual({ status: 403, code: 'purpose.not_permitted', help: both })
        expect(await refusal('uma@staff', 'analytics', path)).toEqual({
          status: 403,
          code: 'purpose.not_permitted',
          help: 'You may declare: support.',
        })
      }
      expect(await refusal('nemo@staff', undefined)).toEqual({ status: 400, code: 'purpose.missing', help: 'You may declare: none.' })
    })

    test('a wrong one of one’s own is told as such, with the one that would do', async () => {
      expect(await refusal('ana@staff', 'support')).toEqual({
        status: 403,
        code: 'policy.denied',
        help: 'Another purpose would do: analytics.',
      })
    })

    test('the purpose of an agent is one that both may declare', async () => {
      expect((await stand.door.sql('bot for ana@staff', 'analytics', sql)).body.rows).toEqual([['4']])
      expect(await refusal('bot for uma@staff', 'analytics')).toMatchObject({ code: 'query.unknown_table' })
      const alone = await stand.door.sql('bot@staff', 'analytics', sql)
      expect({ status: alone.status, code: alone.body.code }).toEqual({ status: 403, code: 'identity.agent_alone' })
    })

    test('the purpose of a question of who saw counts only where it may be declared', async () => {
      const ask = async (purpose: string): Promise<unknown> => {
        const { status, body } = await stand.door.as('ivo@staff', '/v1/who-saw', { resource: 'lab.shop', purpose })
        return { status, code: body.code }
      }
      expect(await ask('analytics')).toEqual({ status: 403, code: 'policy.denied' })
      expect(await ask('nothing')).toEqual({ status: 400, code: 'purpose.unknown' })
    })
  })
}
