import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKeySource, createSenderChecker, createVerifier, type Verifier } from '@selvage/identity'
import { calculateJwkThumbprint, EmbeddedJWK, importJWK, jwtVerify } from 'jose'
import { afterAll, test } from 'vitest'
import { claimsOf, groups, roles, subjectAttributes, trustIn } from '../../packages/identity/src/testing/issuer.ts'
import { athOf, jktOf, signProof } from '../../packages/identity/src/testing/proof.ts'
import { signToken, type TestKey, testKey } from '../../packages/identity/src/testing/token.ts'
import { report } from './report.ts'

/** In this process, one after the other, each timed alone. Beside jose alone, that looks at less of a token. */
const url = 'https://login.example.org'
const algorithms = ['ES256', 'RS256', 'EdDSA'] as const
const count = 4_000
const dir = mkdtempSync(join(tmpdir(), 'selvage-bench-identity-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const now = (): number => Date.now()
const keys = createKeySource({ dir, fetch, now, allowPrivate: false, log: () => undefined })
/** Of a fresh verifier, so of no cache. The key is pinned: nobody is asked. */
function verifierOf(key: TestKey): Verifier {
  const issuer = trustIn(url, { algorithms: [key.alg], keys: [key.jwk as Readonly<Record<string, string>>] })
  return createVerifier({ issuers: [issuer], subjectAttributes, roles, groups, keys, now })
}

/** Some 900 bytes, as an identity provider makes them. */
const more = {
  sid: randomBytes(16).toString('hex'),
  scope: 'openid profile mesh',
  groups: ['/sales/emea', '/everybody'],
  trainings: ['hipaa', 'gdpr'],
  provider_id: 'p-0017',
}
const tokenOf = (key: TestKey, at: number, and: object = {}): string =>
  signToken({ ...claimsOf(url, now()), ...more, jti: `token-${at}`, ...and }, key)

interface Times {
  readonly p50: number
  readonly p99: number
  /** By the time that the processor took, in all threads: of one core. */
  readonly perCore: number
  /** Of those in which the system gave the processor to another program, which say nothing of ours and are left out of p50 and p99. */
  readonly interrupted: number
}

const interruptions = (): number => process.resourceUsage().involuntaryContextSwitches

/** Milliseconds. */
async function timed<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<Times> {
  for (const item of items.slice(0, 500)) await work(item)
  const times: number[] = []
  const cpu = process.cpuUsage()
  for (const item of items.slice(500)) {
    const [switches, before] = [interruptions(), performance.now()]
    await work(item)
    const took = performance.now() - before
    if (interruptions() === switches) times.push(took)
  }
  const { user, system } = process.cpuUsage(cpu)
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)]!
  const all = items.length - 500
  return { p50: at(0.5), p99: at(0.99), perCore: (all * 1e6) / (user + system), interrupted: 1 - sorted.length / all }
}

function told(part: string, what: string, { p50, p99, perCore, interrupted }: Times, bar: { p99?: number; perCore?: number } = {}): void {
  report({ part, what: `${what}, p50`, value: p50, unit: 'ms' })
  report({ part, what: `${what}, p99`, value: p99, unit: 'ms', ...(bar.p99 === undefined ? {} : { atMost: bar.p99 }) })
  report({ part, what: `${what}, interrupted and left out`, value: interrupted * 100, unit: '%' })
  report({ part, what: `${what}, one core`, value: perCore, unit: '/s', ...(bar.perCore === undefined ? {} : { atLeast: bar.perCore }) })
}

test('tokens', async () => {
  for (const alg of algorithms) {
    const part = `identity: a token, ${alg}`
    const key = testKey('k1', alg)
    const tokens = Array.from({ length: count }, (_, at) => tokenOf(key, at))
    const verifier = verifierOf(key)
    told(part, 'cold', await timed(tokens, token => verifier.verify(token)), { p99: 0.3 })
    const hot = tokens.map(() => tokens[0]!)
    told(part, 'hot', await timed(hot, token => verifier.verify(token)), { p99: 0.1 })
    const theirs = await importJWK(key.jwk as Parameters<typeof importJWK>[0], alg)
    const options = { issuer: url, audience: 'selvage:example', algorithms: [alg], typ: 'at+jwt' }
    told(part, 'jose alone', await timed(tokens, token => jwtVerify(token, theirs, options)))
  }
})

test('proofs', async () => {
  const issuer = testKey('k1')
  for (const alg of algorithms) {
    const part = `identity: a token and its DPoP proof, ${alg}`
    const key = testKey('proof', alg)
    const [method, address] = ['POST', 'http://127.0.0.1:4000/v1/sql']
    const verifier = verifierOf(issuer)
    const token = tokenOf(issuer, 0, { cnf: { jkt: jktOf(key) } })
    const checker = createSenderChecker({ now, uptime: now, random: randomBytes })
    const nonce = checker.nonce()
    const iat = Math.floor(now() / 1_000)
    const proofs = Array.from({ length: count }, (_, at) =>
      signProof({ jti: `proof-${at}`, htm: method, htu: address, iat, ath: athOf(token), nonce }, key),
    )
    const check = async (proof: string): Promise<unknown> => {
      const who = await verifier.verify(token)
      return checker.check(token, who, { rawHeaders: ['Authorization', `DPoP ${token}`, 'DPoP', proof], method, address })
    }
    told(part, 'ours', await timed(proofs, check), { p99: 0.5, perCore: 4_000 })
    const theirs = async (proof: string): Promise<void> => {
      const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt', algorithms: [alg] })
      const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk!)
      if (thumbprint !== jktOf(key) || payload.htm !== method || payload.htu !== address || payload.ath !== athOf(token))
        throw new Error('no')
    }
    told(part, 'jose alone, no replay', await timed(proofs, theirs))
  }
})

/** What the process holds on to, in and beside the heap. */
function held(): number {
  for (let at = 0; at < 4; at++) globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

test('memory', async () => {
  const part = 'identity: memory'
  const mib = (bytes: number): number => bytes / 2 ** 20
  const key = testKey('k1')
  const verifier = verifierOf(key)
  const empty = held()
  for (let at = 0; at < 10_000; at++) await verifier.verify(tokenOf(key, at))
  report({ part, what: '10,000 verified tokens', value: mib(held() - empty), unit: 'MiB', atMost: 40 })
  const before = held()
  const checker = createSenderChecker({ now, uptime: now, random: randomBytes })
  const proof = testKey('proof')
  const token = tokenOf(key, 0, { cnf: { jkt: jktOf(proof) } })
  const who = await verifier.verify(token)
  for (let at = 0; at < 10_000; at++) {
    const claims = { jti: `p${at}`, htm: 'GET', htu: url, iat: Math.floor(now() / 1_000), ath: athOf(token), nonce: checker.nonce() }
    const rawHeaders = ['Authorization', `DPoP ${token}`, 'DPoP', signProof(claims, proof)]
    await checker.check(token, who, { rawHeaders, method: 'GET', address: url })
  }
  const window = mib(held() - before)
  // Still there.
  checker.nonce()
  report({ part, what: 'window that tells replays', value: window, unit: 'MiB', atMost: 16 })
})
