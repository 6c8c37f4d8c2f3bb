import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Limits } from '../golden/stand.ts'
import { type Attack, expectNoCanary, type Outcome, Unanswered } from './attack.ts'
import type { Hostile } from './corpus.ts'
import { type Taken, watchTaken } from './taken.ts'

const engine = { timeoutMs: 600, waitMs: 14_000, memoryMb: 128, overheadMb: 320, tempMb: 8 } as const
const parser = { timeoutMs: 1_200, memoryMb: 128, overheadMb: 256 } as const

/** Little of everything, so that hostile statements reach every bound soon. */
export const little = { engine, parser } satisfies Limits

/** Time enough to take all memory and disk that there is, on a machine with much else to do too. */
export const patient = { parser, engine: { ...engine, timeoutMs: 6_000 } } satisfies Limits

/** Milliseconds until whatever was asked has ended: many times what `little` gives, for a machine with much else to do. */
export const boundMs = 15_000

/** What a child may take at most, whatever the gate that is judged was told. */
const most: Readonly<Taken> = {
  engineMb: engine.memoryMb + engine.overheadMb,
  parserMb: parser.memoryMb + parser.overheadMb,
  diskMb: engine.tempMb,
}

/** How a statement may end that is not answered. Anything else is a fault, or is told to somebody who did nothing. */
const codes: readonly string[] = [
  'limit.time',
  'limit.memory',
  'limit.rows',
  'query.data',
  'query.type',
  'query.unsupported',
  'query.syntax',
  'query.parameters',
  'request.too_large',
]

/**
 * Whatever it asks for, it ends in time, in an answer or in one of `codes`; no child takes more than it was given, on disk neither;
 * and the neighbour, who asks all the while, is answered.
 */
export async function expectBounded(attack: Attack, statement: Hostile): Promise<Outcome> {
  const stop = watchTaken(attack.gate)
  const outcome = await inTime(withNeighbour(attack, attack.send(statement))).finally(stop)
  const taken = stop()
  for (const name of ['engineMb', 'parserMb', 'diskMb'] as const)
    expect(taken[name], `${name} taken by a child`).toBeLessThanOrEqual(most[name])
  expectNoCanary(outcome, statement)
  if ('problem' in outcome) expect(codes, attack.told()).toContain(outcome.code)
  await patiently(attack.expectAlive)
  return outcome
}

/** Does not wait for what takes longer. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const bound = new AbortController()
  const late = sleep(boundMs, undefined, { signal: bound.signal }).then(() => {
    throw new Error(`not ended within ${boundMs} ms`)
  })
  return Promise.race([work, late]).finally(() => bound.abort())
}

async function withNeighbour(attack: Attack, asked: Promise<Outcome>): Promise<Outcome> {
  let over = false
  const ended = asked.finally(() => {
    over = true
  })
  const neighbour = async (): Promise<void> => {
    do {
      await patiently(attack.neighbour)
      await sleep(150)
    } while (!over)
  }
  const [outcome] = await Promise.all([ended, neighbour()])
  return outcome
}

const tries = 3

/**
 * Again where it was refused with `limit.time`, which is no harm that another statement did: of 600 ms a machine with much else to do takes
 * as many from anybody. Each other refusal is a failure at once: there is a child, a place in the queue and memory for whoever is a neighbour.
 */
export async function patiently(check: () => Promise<void>, left = tries): Promise<void> {
  try {
    await check()
  } catch (error) {
    if (!(error instanceof Unanswered) || error.code !== 'limit.time' || left === 1) throw error
    await patiently(check, left - 1)
  }
}
