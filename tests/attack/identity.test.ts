import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hostileEvents } from '../../packages/identity/src/testing/corpus/events.ts'
import { hostileKeys } from '../../packages/identity/src/testing/corpus/keys.ts'
import { hostileProofs, SenderStand } from '../../packages/identity/src/testing/corpus/proofs.ts'
import { corpusIssuers, hostileTokens, key, rsa } from '../../packages/identity/src/testing/corpus/tokens.ts'
import { audienceOfStream, eventClaims } from '../../packages/identity/src/testing/event.ts'
import { claimsOf, codeOf, groups, roles, subjectAttributes } from '../../packages/identity/src/testing/issuer.ts'
import { testKey } from '../../packages/identity/src/testing/token.ts'
import { root } from '../dev-mesh.ts'
import { type Guard, guards } from './identity-guards.ts'

type Built = typeof import('../../packages/identity/src/index.ts')
type BuiltFetch = typeof import('../../packages/identity/src/key-fetch.ts')
type BuiltKeys = typeof import('../../packages/identity/src/key-set.ts')

const url = 'https://login.example.org'
const now = Date.UTC(2026, 10, 25, 12)
const dir = mkdtempSync(join(tmpdir(), 'selvage-identity-'))
let copies = 0

beforeAll(() => symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules')))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** A copy of what was built, in which one text is another; without a guard, as it is. */
function copyOf(guard?: Guard): string {
  copies += 1
  const to = join(dir, String(copies))
  mkdirSync(to)
  writeFileSync(join(to, 'package.json'), '{"type":"module"}')
  cpSync(join(root, 'packages', 'identity', 'dist'), join(to, 'dist'), { recursive: true })
  if (guard !== undefined) {
    const [what, file, text, instead] = guard
    const path = join(to, 'dist', `${file}.js`)
    const parts = readFileSync(path, 'utf8').split(text)
    if (parts.length !== 2) throw new Error(`${what}: the text stands ${parts.length - 1} times in ${file}`)
    writeFileSync(path, parts.join(instead))
  }
  return to
}

const load = async <T>(copy: string, module: string): Promise<T> =>
  (await import(/* @vite-ignore */ pathToFileURL(join(copy, 'dist', `${module}.js`)).href)) as T

type Ends = ReadonlyMap<string, string>

/** How each of the corpora ends. */
async function run(copy: string, only?: string): Promise<Ends> {
  const built = await load<Built>(copy, 'index')
  const pinned = { keys: [key.jwk, rsa.jwk] as unknown as readonly Readonly<Record<string, string>>[] }
  const keys = built.createKeySource({ dir, fetch, now: () => now, allowPrivate: false, log: () => undefined })
  const theirs = { keys: [testKey('k1').jwk as Readonly<Record<string, string>>] }
  const issuers = corpusIssuers(url).map(issuer => ({ ...(issuer.alias === 'partner' ? theirs : pinned), ...issuer }))
  const verifier = built.createVerifier({ issuers, subjectAttributes, roles, groups, keys, now: () => now })
  const events = built.createEventVerifier({ keys, now: () => now })
  const stream = { issuer: issuers[0]!, audience: audienceOfStream }
  const [fetching, sets] = [await load<BuiltFetch>(copy, 'key-fetch'), await load<BuiltKeys>(copy, 'key-set')]
  const sends: (readonly [string, () => unknown])[] = [
    ...hostileTokens.map(([name, , make]) => [name, () => verifier.verify(String(make(claimsOf(url, now), now / 1_000)))] as const),
    ...hostileProofs.map(([name, , send]) => [name, () => send(new SenderStand(64, built.createSenderChecker))] as const),
    ...hostileKeys.map(([name, , send]) => [name, () => send({ ...fetching, ...sets })] as const),
    ...hostileEvents.map(
      ([name, , make]) => [`event: ${name}`, () => events.verify(make(eventClaims(url, now), now / 1_000), stream)] as const,
    ),
    ['two tokens', () => built.credentialsIn(['Authorization', 'Bearer abc', 'Authorization', 'Bearer def'])],
  ]
  const out = new Map<string, string>()
  for (const [name, send] of sends) if (only === undefined || only === name) out.set(name, await codeOf(send))
  return out
}

const count = hostileTokens.length + hostileProofs.length + hostileKeys.length + hostileEvents.length + 1

describe(`${count} hostile tokens, proofs, keys and events`, () => {
  it('none is accepted, of what was built', async () => {
    const ends = await run(copyOf())
    expect([...ends].filter(([, end]) => end === 'accepted')).toEqual([])
    expect(ends.size).toBeGreaterThanOrEqual(90)
  })

  it.each(guards)('without the guard “%s” one is', async (...guard) => {
    expect((await run(copyOf(guard), guard[4])).get(guard[4])).toBe('accepted')
  })
})
