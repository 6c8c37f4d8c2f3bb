import { randomBytes } from 'node:crypto'
import type { Verified } from '@selvage/identity'
import { expect, test } from 'vitest'
import { digestOf, isHandle, newHandle } from './handle.ts'
import { isOf, type Session } from './session.ts'
import { SessionStore } from './store.ts'

const who = (id: string, more: object = {}): Verified =>
  ({ issuer: 'staff', subject: { kind: 'User', id }, actors: [], clientId: 'cli', ...more }) as unknown as Verified
const sessionOf = (id: string, openedAt = 10_000): Session =>
  ({ who: who(id), proof: { kind: 'bearer' }, openedAt, expiresAt: openedAt + 60_000 }) as unknown as Session
const codeOf = (work: () => void): string => {
  try {
    work()
    return 'taken'
  } catch (error) {
    return (error as { code: string }).code
  }
}

test('a handle is 256 bits, of which a digest is kept', () => {
  const handle = newHandle(randomBytes)
  expect([isHandle(handle), Buffer.from(handle.slice(12), 'base64url').length]).toEqual([true, 32])
  expect(digestOf(handle)).not.toContain(handle.slice(12, 20))
  const store = new SessionStore({ perSubject: 1, inAll: 1 })
  store.add(handle, sessionOf('ana'))
  expect(JSON.stringify(Object.values(store))).not.toContain(handle)
})

test('a session is found by its handle from when it was opened until it expires, or is removed', () => {
  const store = new SessionStore({ perSubject: 2, inAll: 3 })
  const [handle, session] = [newHandle(randomBytes), sessionOf('ana')]
  store.add(handle, session)
  // A clock that was set back by more than clocks differ.
  expect([4_999, 5_000, 69_999, 70_000].map(now => store.find(handle, now) === session)).toEqual([false, true, true, false])
  for (const odd of ['', 'x', handle.toUpperCase(), `${handle}=`, digestOf(handle), `svg_session_${digestOf(handle)}`])
    expect(store.find(odd, 20_000)).toBeUndefined()
  expect([store.remove(session), store.remove(session), store.has(session), store.epoch(), store.size]).toEqual([true, false, false, 1, 0])
  expect(store.find(handle, 20_000)).toBeUndefined()
})

test('each subject has so many, and all have so many; one that ends makes room', () => {
  const store = new SessionStore({ perSubject: 2, inAll: 3 })
  const first = sessionOf('ana')
  const add = (session: Session): string => codeOf(() => store.add(newHandle(randomBytes), session))
  expect([add(first), add(sessionOf('ana')), add(sessionOf('ana')), add(sessionOf('bob')), add(sessionOf('cy'))]).toEqual([
    'taken',
    'taken',
    'limit.share',
    'taken',
    'limit.busy',
  ])
  store.remove(first)
  expect(add(sessionOf('ana'))).toBe('taken')
})

test('a session is of the same subject, actors, issuer, client and key', () => {
  const session = sessionOf('ana')
  const bearer = { kind: 'bearer' } as const
  expect(isOf(session, who('ana'), bearer)).toBe(true)
  const others = [
    who('bob'),
    who('ana', { issuer: 'other' }),
    who('ana', { clientId: 'web' }),
    who('ana', { clientId: undefined }),
    who('ana', { actors: [{ id: 'bot' }] }),
    who('ana', { subject: { kind: 'Workload', id: 'ana' } }),
  ]
  for (const other of others) expect(isOf(session, other, bearer)).toBe(false)
  for (const proof of [
    { kind: 'dpop', thumbprint: 'a' },
    { kind: 'mtls', thumbprint: '', certificate: new Uint8Array() },
  ] as const)
    expect(isOf(session, who('ana'), proof)).toBe(false)
})
