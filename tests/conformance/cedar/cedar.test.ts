import type { PolicySetJson } from '@selvage/kernel/cedar'
import { describe, expect, it } from 'vitest'
import { runConformance } from './run.ts'

const requests = Number(process.env.SELVAGE_CONFORMANCE_REQUESTS ?? 1_000)
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))

const operators = [
  '! && || == != < <= > >= + - * neg if-then-else in is has . like contains containsAll containsAny isEmpty hasTag getTag Set Record',
  'template decimal lessThan lessThanOrEqual greaterThan greaterThanOrEqual ip isIpv4 isIpv6 isLoopback isMulticast isInRange',
  'datetime duration offset durationSince toDate toTime toMilliseconds toSeconds toMinutes toHours toDays',
]
  .flatMap(line => line.split(' '))
  .concat([
    'is in',
    'scope All',
    'scope ==',
    'scope in',
    'scope is',
    'scope is in',
    'action All',
    'action ==',
    'action in',
    'action in list',
  ])

/** As if somebody had written `change` into our engine. */
const planted =
  (change: (json: string) => string) =>
  (set: PolicySetJson): PolicySetJson =>
    JSON.parse(change(JSON.stringify(set)))
const isCaught = (change: (json: string) => string): boolean =>
  runConformance({ seed: 11, requests: 5_000, differences: 1, changed: planted(change) }).differences.length > 0

describe('our engine beside the official one', () => {
  it('decides alike, for the same reasons and with the same errors', { timeout: 3_600_000 }, () => {
    const { coverage, differences, ...counts } = runConformance({ seed, requests })
    console.log(`cedar conformance: seed ${seed}, ${JSON.stringify(counts)}`)
    expect(differences).toEqual([])
    // How often what happens is a matter of chance where few are asked.
    if (requests < 20_000) return
    expect(operators.filter(operator => !coverage.has(operator))).toEqual([])
    expect(counts.allowed / counts.requests).toBeGreaterThan(0.1)
    expect(counts.decided / counts.requests).toBeGreaterThan(0.3)
    expect(counts.erring / counts.requests).toBeGreaterThan(0.1)
  })

  it.each<[string, (json: string) => string]>([
    ['`<=` for `<`', json => json.replaceAll('"<":', '"<=":')],
    ['`containsAny` for `containsAll`', json => json.replaceAll('"containsAll":', '"containsAny":')],
    [
      'an action group as one action',
      json => json.replaceAll('"op":"in","entity":{"type":"App::Action"', '"op":"==","entity":{"type":"App::Action"'),
    ],
    ['a link without its template', json => json.replace(/"templateLinks":\[.*\]/, '"templateLinks":[]')],
    ['`unless` as `when`', json => json.replaceAll('"kind":"unless"', '"kind":"when"')],
  ])('a planted bug is caught: %s', { timeout: 120_000 }, (_, change) => expect(isCaught(change)).toBe(true))
})
