import { expect, test } from 'vitest'
import { directoryDigest } from '../plan/directory-digest.ts'
import { parsePlan } from '../plan/plan-file.ts'
import { outcomeAt } from './await-active.ts'
import { refuseMoved } from './plan-moved.ts'

const [a, b, c] = ['a', 'b', 'c'].map(digit => digit.repeat(64)) as [string, string, string]
const one = (who: string, before: string | null, after: string): { who: string; before: string | null; after: string } => ({
  who,
  before,
  after,
})

test('a plan is carried out where nothing moved, and nowhere else', () => {
  const planned = [one('centre', a, b), one('sales', null, c)]
  const refuse = (signers: typeof planned, directory = a): void => refuseMoved({ signers: planned, directory: a }, { signers, directory })
  expect(() => refuse([...planned].reverse())).not.toThrow()
  expect(() => refuse(planned, b)).toThrow('who is in the directory changed since the plan was made')
  for (const now of [
    [one('centre', b, b), planned[1]!],
    [one('centre', a, c), planned[1]!],
    [planned[0]!],
    [...planned, one('health', a, b)],
    [planned[0]!, one('sales', a, c)],
    [],
  ])
    expect(() => refuse(now)).toThrow('changed since the plan was made')
})

test('a plan for the centre is one for what control hands out, where whoever planned could know it', () => {
  const planned = (handedOut?: string | null): Parameters<typeof refuseMoved>[0] => ({
    directory: a,
    signers: [{ ...one('centre', a, b), ...(handedOut === undefined ? {} : { handedOut }) }],
  })
  expect(() => refuseMoved(planned(a), planned(a))).not.toThrow()
  expect(() => refuseMoved(planned(), planned(c))).not.toThrow()
  for (const then of [a, null]) expect(() => refuseMoved(planned(then), planned(c))).toThrow('what control hands out of centre changed')
})

test('what is no plan is refused in a sentence', () => {
  const plan = { mesh: 'm', directory: b, signers: [one('sales', null, a)], more: 1 }
  expect(parsePlan(JSON.stringify(plan)).signers).toEqual(plan.signers)
  for (const text of [
    '',
    '{',
    '[]',
    '{}',
    JSON.stringify({ ...plan, directory: undefined }),
    JSON.stringify({ ...plan, signers: [one('../x', null, a)] }),
    JSON.stringify({ ...plan, signers: [plan.signers[0], plan.signers[0]] }),
  ])
    expect(() => parsePlan(text)).toThrow('this is no plan')
})

test('a gate has it, waits for it, or has refused just this one', () => {
  const held = { version: 3, digest: a, content: c, expires: '' }
  const status = {
    centre: held,
    domain: held,
    active: { centre: 3, domain: 2, ms: 1, requests: 1 },
    refused: [{ kind: 'domain' as const, code: 'policy.invalid', version: 4 }],
  }
  expect(outcomeAt(status, { kind: 'centre', version: 3, digest: a })).toBe('active')
  expect(outcomeAt(status, { kind: 'centre', version: 3, digest: b })).toBe('waiting')
  expect(outcomeAt(status, { kind: 'domain', version: 3, digest: a })).toBe('waiting')
  expect(outcomeAt(status, { kind: 'domain', version: 4, digest: b })).toEqual({ refused: 'policy.invalid' })
  expect(outcomeAt(status, { kind: 'centre', version: 4, digest: b })).toBe('waiting')
})

test('whoever is in a directory, of the mesh or of a domain, is in its digest, and nothing else is', () => {
  const files = ['directory.yaml', 'domains/sales/directory.yaml', 'mesh.yaml'].map(path => ({ path, text: 'a' }))
  const other = (at: number) => directoryDigest(files.map((file, index) => (index === at ? { ...file, text: 'b' } : file)))
  const now = directoryDigest(files)
  expect([0, 1, 2].map(at => other(at) === now)).toEqual([false, false, true])
  expect(directoryDigest([...files].reverse())).toBe(now)
  expect(directoryDigest(files.slice(1))).not.toBe(now)
})
