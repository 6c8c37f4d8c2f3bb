import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SenderProof } from './sender.ts'
import { address, boundTo, hostileProofs, SenderStand, token } from './testing/corpus/proofs.ts'
import { codeOf } from './testing/issuer.ts'
import { athOf, jktOf } from './testing/proof.ts'
import { testKey } from './testing/token.ts'

describe('a token that is bound to nothing', () => {
  const { checker } = new SenderStand()
  const present = (authorization: string): Promise<SenderProof> =>
    checker.check(token, {}, { rawHeaders: ['Authorization', authorization], method: 'GET', address })

  it('is its bearer’s', async () => {
    expect(await present(`Bearer ${token}`)).toEqual({ kind: 'bearer' })
  })

  it('proves nothing by the name of the scheme', async () => {
    expect(await codeOf(() => present(`DPoP ${token}`))).toBe('identity.proof')
  })
})

describe('a token that is bound to a key', () => {
  it.each(['ES256', 'RS256', 'EdDSA'] as const)('is taken with a proof of that key: %s', async alg => {
    const stand = new SenderStand()
    const by = testKey('x', alg)
    const rawHeaders = ['authorization', `dpop ${token}`, 'dpop', stand.proof({}, by)]
    const proof = await stand.checker.check(token, boundTo(by), { rawHeaders, method: 'POST', address })
    expect(proof).toEqual({ kind: 'dpop', thumbprint: jktOf(by) })
  })

  it('is taken with the newer name of EdDSA', async () => {
    const stand = new SenderStand()
    const by = testKey('x', 'EdDSA')
    const rawHeaders = ['Authorization', `DPoP ${token}`, 'DPoP', stand.proof({}, by, { alg: 'Ed25519' })]
    expect((await stand.checker.check(token, boundTo(by), { rawHeaders, method: 'POST', address })).kind).toBe('dpop')
  })

  it('is nobody’s as a bearer’s, with a proof or without', async () => {
    const stand = new SenderStand()
    for (const more of [[], ['DPoP', stand.proof()]])
      expect(
        await codeOf(() =>
          stand.checker.check(token, boundTo(stand.key), {
            rawHeaders: ['Authorization', `Bearer ${token}`, ...more],
            method: 'POST',
            address,
          }),
        ),
      ).toBe('identity.proof')
  })

  it('is taken whatever query and fragment the proof has, and for an address that is the same', async () => {
    const stand = new SenderStand()
    const same = [`${address}?a=b`, `${address}#x`, 'HTTP://127.0.0.1:4000/v1/sql', 'http://127.0.0.1:4000/v1/./sql']
    for (const htu of same) expect((await stand.send(stand.proof({ htu }))).kind).toBe('dpop')
  })

  it('takes a proof once', async () => {
    const stand = new SenderStand()
    const proof = stand.proof()
    expect((await stand.send(proof)).kind).toBe('dpop')
    expect(await codeOf(() => stand.send(proof))).toBe('identity.proof')
    stand.pass(34_000)
    expect(await codeOf(() => stand.send(proof))).toBe('identity.proof')
  })

  it('asks for a nonce of its own, of this period of a minute or the one before', async () => {
    const stand = new SenderStand()
    const nonce = stand.checker.nonce()
    for (const other of [undefined, 'x'.repeat(32), new SenderStand().checker.nonce()])
      expect(await codeOf(() => stand.send(stand.proof({ nonce: other })))).toBe('identity.nonce')
    stand.pass(60_000)
    expect(stand.checker.nonce()).not.toBe(nonce)
    expect((await stand.send(stand.proof({ nonce }))).kind).toBe('dpop')
    stand.pass(60_000)
    expect(await codeOf(() => stand.send(stand.proof({ nonce })))).toBe('identity.nonce')
  })

  it('takes no proof that it could not tell from one that was used', async () => {
    const stand = new SenderStand(16)
    const other = testKey('two')
    const others = (): Promise<SenderProof> => {
      const rawHeaders = ['Authorization', `DPoP ${token}`, 'DPoP', stand.proof({}, other)]
      return stand.checker.check(token, boundTo(other), { rawHeaders, method: 'POST', address })
    }
    // A quarter is one key's …
    for (let i = 0; i < 4; i++) await stand.send(stand.proof())
    expect(await codeOf(() => stand.send(stand.proof()))).toBe('limit.share')
    expect((await others()).kind).toBe('dpop')
    // … until those before are too old by themselves, whatever the wall clock says.
    stand.now -= 3_600_000
    expect(await codeOf(() => stand.send(stand.proof()))).toBe('limit.share')
    stand.uptime += 60_000
    expect((await stand.send(stand.proof())).kind).toBe('dpop')
  })

  it('takes no proof twice when the clock jumps ahead and back', async () => {
    const stand = new SenderStand()
    const proof = stand.proof()
    await stand.send(proof)
    stand.now += 80_000
    await codeOf(() => stand.send(stand.proof()))
    stand.now -= 80_000
    expect(await codeOf(() => stand.send(proof))).not.toBe('accepted')
  })

  it('takes no proof twice, and each that is new, however its clock is set and time passes', async () => {
    const step = fc.constantFrom(-3_600_000, -80_000, -1_000, 80_000, 3_600_000)
    const turn = fc.oneof(
      fc.record({ kind: fc.constant('set' as const), by: step }),
      fc.record({ kind: fc.constant('pass' as const), by: fc.integer({ min: 0, max: 60_000 }) }),
      fc.record({ kind: fc.constant('use' as const), by: fc.constant(0) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 5, maxLength: 20 }), async turns => {
        const stand = new SenderStand(256)
        const used: string[] = []
        for (const { kind, by } of turns) {
          if (kind === 'set') stand.now += by
          else if (kind === 'pass') stand.pass(by)
          else {
            used.push(stand.proof())
            expect(await codeOf(() => stand.send(used.at(-1)!))).toBe('accepted')
          }
          for (const proof of used) expect(await codeOf(() => stand.send(proof))).not.toBe('accepted')
        }
      }),
      { numRuns: 150 },
    )
  }, 120_000)
})

const stand = new SenderStand()

describe(`hostile proofs: ${hostileProofs.length}`, () => {
  it('the proof that all of them alter is good', async () => {
    expect((await stand.send(stand.proof())).kind).toBe('dpop')
  })

  it.each(hostileProofs)('%s: %s', async (_, code, send) => {
    expect(await codeOf(() => send(stand))).toBe(code)
  })

  it('takes none of the window that tells replays', async () => {
    expect((await stand.send(stand.proof())).kind).toBe('dpop')
  })
})

describe('a token that is bound to a certificate', () => {
  const certificate = Buffer.from('what TLS has proven')
  const who = { confirmation: { kind: 'x5t#S256', thumbprint: createHash('sha256').update(certificate).digest('base64url') } } as const
  const rawHeaders = ['Authorization', `Bearer ${token}`]
  const request = { rawHeaders, method: 'POST', address }

  it('is taken on a connection with that certificate', async () => {
    const proof = await stand.checker.check(token, who, { ...request, certificate })
    expect(proof).toMatchObject({ kind: 'mtls', thumbprint: who.confirmation.thumbprint })
  })

  it('is refused on any other, and with a proof of another kind', async () => {
    const proven = { rawHeaders: ['Authorization', `DPoP ${token}`, 'DPoP', stand.proof()], method: 'POST', address, certificate }
    for (const presented of [request, { ...request, certificate: Buffer.from('another') }, proven])
      expect(await codeOf(() => stand.checker.check(token, who, presented))).toBe('identity.proof')
  })
})

describe('a secret that stands in a token’s place', () => {
  const prove = (stand: SenderStand, rawHeaders: string[], holder = jktOf(stand.key)): SenderProof | undefined =>
    stand.checker.prove(token, shown => shown === holder, { rawHeaders, method: 'POST', address })

  it('is taken with a proof of its holder’s key, once', async () => {
    const stand = new SenderStand()
    const headers = ['Authorization', `DPoP ${token}`, 'DPoP', stand.proof()]
    expect(prove(stand, headers)).toEqual({ kind: 'dpop', thumbprint: jktOf(stand.key) })
    expect(await codeOf(() => prove(stand, headers))).toBe('identity.proof')
  })

  it('is nobody’s with another key, whose proof is not used up', () => {
    const stand = new SenderStand()
    const headers = ['Authorization', `DPoP ${token}`, 'DPoP', stand.proof()]
    for (let i = 0; i < 200; i += 1) expect(prove(stand, headers, 'other')).toBeUndefined()
    expect(prove(stand, headers)?.kind).toBe('dpop')
  })

  it.each([
    ['a bearer’s', 'identity.proof', (stand: SenderStand) => ['Authorization', `Bearer ${token}`, 'DPoP', stand.proof()]],
    ['without a proof', 'identity.proof', () => ['Authorization', `DPoP ${token}`]],
    [
      'of another secret',
      'identity.proof',
      (stand: SenderStand) => ['Authorization', `DPoP ${token}`, 'DPoP', stand.proof({ ath: athOf('x') })],
    ],
    [
      'without a nonce',
      'identity.nonce',
      (stand: SenderStand) => ['Authorization', `DPoP ${token}`, 'DPoP', stand.proof({ nonce: undefined })],
    ],
  ])('is refused before anybody asks whose it is: %s', async (_, code, headers) => {
    for (const holder of [undefined, 'other']) {
      const stand = new SenderStand()
      expect(await codeOf(() => prove(stand, headers(stand), holder))).toBe(code)
    }
  })
})
