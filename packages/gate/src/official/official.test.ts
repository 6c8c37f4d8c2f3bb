import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readPolicies } from '@selvage/cedar'
import { type Mesh, parseMesh } from '@selvage/kernel/contract'
import { SelvageError } from '@selvage/kernel/model'
import { schemaOf } from '@selvage/kernel/policy'
import { describe, expect, test } from 'vitest'
import { officialConfig } from '../config.ts'
import { openOfficial } from './index.ts'

const tree = fileURLToPath(new URL('../../../../examples/mesh', import.meta.url))
const files = readdirSync(tree, { recursive: true, encoding: 'utf8' })
  .filter(path => /\.(yaml|cedar)$/.test(path) && !path.startsWith('people'))
  .map(path => ({ path, text: readFileSync(join(tree, path), 'utf8') }))
const variables = {
  WORKFORCE_ISSUER: 'https://workforce.example.org',
  PARTNER_ISSUER: 'https://partner.example.org',
  DEVICES_KEY: 'A'.repeat(43),
}
const mesh: Mesh = parseMesh(files, { variables }).mesh!
const policies = [...mesh.guardrails, ...mesh.domains.flatMap(domain => domain.policies)]
const schema = schemaOf(mesh)

const many = Array.from(
  { length: 3_000 },
  (_, i) => `@id("sales/more-${i}") permit (principal, action, resource in Mesh::Domain::"sales");\n`,
)
const large = [0, 1, 2].map(at => ({ path: `many-${at}.cedar`, text: many.slice(at * 1_000, at * 1_000 + 1_000).join('') }))

const ended: string[] = []
const open = (more: object = {}): ReturnType<typeof openOfficial> =>
  openOfficial({
    ...officialConfig.parse({}),
    ...more,
    log: (event, attributes) => (event === 'official.ended' ? void ended.push((attributes as { reason: string }).reason) : undefined),
  })

describe('the official engine in a process of its own', () => {
  test('says what it says in this one, findings too', async () => {
    const wrong = {
      path: 'guardrails/wrong.cedar',
      text: '@id("central/wrong") permit (principal is Mesh::User, action == Mesh::Action::"declare", resource is Mesh::Domain) when { principal.nothing };',
    }
    const broken = { path: 'guardrails/broken.cedar', text: 'permit (' }
    for (const texts of [policies, [...policies, wrong], [...policies, broken]])
      expect(await open().readPolicies(texts, schema)).toEqual(readPolicies(texts, schema))
    expect(ended).toEqual(['done', 'done', 'done'])
  })

  test.each([
    ['time', { timeoutMs: 1_000 }],
    // Of its heap: newer Nodes map more than they use, so the wall around them stands elsewhere.
    ['memory', { memoryMb: 8, overheadMb: 320 }],
  ])(
    'what takes too much %s is refused, and the next one is read',
    async (_, bounds) => {
      const official = open(bounds)
      const error = await official.readPolicies([...policies, ...large], schema).catch(reason => reason)
      expect(error instanceof SelvageError ? error.code : error).toBe('policy.invalid')
      expect((await open().readPolicies(policies, schema)).policies).toHaveLength(readPolicies(policies, schema).policies.length)
    },
    60_000,
  )
})
