import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { readPolicies } from '@selvage/cedar'
import { parseDirectory, parseMesh } from '@selvage/kernel/contract'
import type { Name, TableId } from '@selvage/kernel/model'
import { compilePolicies, type Expr, schemaOf } from '@selvage/kernel/policy'
import { describe, expect, it } from 'vitest'
import type { Identified } from '../identify/index.ts'
import { overseeing } from './overseeing.ts'
import { sightsOf } from './sights.ts'

const root = join(import.meta.dirname, '..', '..', '..', '..', 'examples', 'mesh')
const texts = ['mesh.yaml', 'directory.yaml', ...foldersIn('guardrails'), ...foldersIn('domains/health')].map(path => ({
  path,
  text: readFileSync(join(root, path), 'utf8'),
}))
function foldersIn(folder: string): string[] {
  const found = readdirSync(join(root, folder), { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return found.map(entry => relative(root, join(entry.parentPath, entry.name)))
}

const patients = 'health.care.patients' as TableId
const providers: Expr = { kind: 'member', set: 'providers' as Name, operand: { kind: 'literal', value: 'a' } }

/** The example's health domain as its gate has it, with one rule more, and somebody of a role. */
function identified(role: string, more = ''): Identified {
  const files = [...texts, { path: 'domains/health/policies/more.cedar', text: more }]
  const variables = { WORKFORCE_ISSUER: 'https://a.example', PARTNER_ISSUER: 'https://b.example', DEVICES_KEY: 'A'.repeat(43) }
  const { mesh, findings } = parseMesh(files, { variables, domainVariables: variables, domain: 'health' })
  if (mesh === undefined) throw new Error(JSON.stringify(findings))
  const trust = mesh.domains[0]!
  const read = readPolicies([...mesh.guardrails, ...trust.policies], schemaOf(mesh))
  const columns = new Map(
    trust.products.flatMap(({ tables }) => tables.map(table => [table.id, table.columns.map(({ name }) => name)] as const)),
  )
  const subject = { kind: 'User', id: 'workforce/x', roles: [role], groups: [], attributes: {} } as const
  const generation = { mesh, trust, columns, policies: compilePolicies(mesh, read.policies) }
  return { generation, asking: { subject, actors: [] } } as unknown as Identified
}

describe('what somebody may be told of who may see what', () => {
  it('nothing to whom no rule lets audit or administer', () => {
    const { columnsOf, tellsOf } = overseeing(identified('clinician'))
    expect(columnsOf(patients)).toBeUndefined()
    expect(tellsOf(patients, providers)).toBeUndefined()
    expect(overseeing(identified('owner')).columnsOf('health.care.nothing' as TableId)).toBeUndefined()
  })

  it('a condition over a set to whoever may be told of what it collects', () => {
    const no = (action: string): string => `@id("health/no-${action}")
forbid (principal, action == Mesh::Action::"${action}", resource in Mesh::Table::"health.care.encounters");
`
    expect(overseeing(identified('auditor')).tellsOf(patients, providers)).toBeUndefined()
    expect(overseeing(identified('owner')).tellsOf(patients, providers)).toContain('providers')
    expect(overseeing(identified('owner', no('audit'))).tellsOf(patients, providers)).toContain('providers')
    expect(overseeing(identified('owner', no('audit') + no('administer'))).tellsOf(patients, providers)).toBeUndefined()
  })

  it('people of the example, by a directory of the whole mesh', async () => {
    const asked = identified('owner')
    const { directory, elsewhere, findings } = parseDirectory(texts, asked.generation.mesh, { ofDomain: true })
    const context = { generation: asked.generation, overseeing: overseeing(asked), documentBytes: 1e6, going: () => undefined }
    const sights = await sightsOf(context, { entries: directory.entries, tables: new Map([[patients, ['id' as Name]]]), showing: true })
    expect({ findings, elsewhere }).toEqual({ findings: [], elsewhere: 0 })
    expect(sights.map(({ login, rows }) => [login, rows.visible])).toEqual([
      ['researcher@workforce', 'all'],
      ['clinician@workforce', 'some'],
    ])
  })
})
