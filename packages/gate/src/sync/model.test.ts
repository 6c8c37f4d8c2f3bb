import { generateKeyPairSync } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openBundle, signBundle, type VerifiedBundle } from '@selvage/bundle'
import { readPolicies } from '@selvage/cedar'
import { SelvageError, type TableId } from '@selvage/kernel/model'
import { type Asker, allows } from '@selvage/kernel/policy'
import { describe, expect, test } from 'vitest'
import type { Official } from '../official/index.ts'
import { buildModel, type Model } from './model.ts'

const tree = fileURLToPath(new URL('../../../../examples/mesh', import.meta.url))
const files = readdirSync(tree, { recursive: true, encoding: 'utf8' })
  .filter(path => /\.(yaml|cedar|lock)$/.test(path) && !path.startsWith('people'))
  .map(path => ({ path, text: readFileSync(join(tree, path), 'utf8') }))
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const issuers = {
  WORKFORCE_ISSUER: 'https://workforce.example.org',
  PARTNER_ISSUER: 'https://partner.example.org',
  DEVICES_KEY: 'A'.repeat(43),
}

function bundle(
  kind: 'centre' | 'domain',
  variables: Record<string, string>,
  change: (path: string, text: string) => string = (_, text) => text,
  more: readonly { readonly path: string; readonly text: string }[] = [],
): VerifiedBundle {
  const own = [...files, ...more].filter(({ path }) =>
    kind === 'centre' ? !path.startsWith('domains/') : path.startsWith('domains/sales/'),
  )
  const content = { variables, files: own.map(({ path, text }) => ({ path, text: change(path, text) })) }
  const base = { mesh: 'example', version: 1, issued: '2026-01-01T00:00:00.000Z', expires: '2027-01-01T00:00:00.000Z', ...content }
  const whole = kind === 'centre' ? ({ kind, ...base } as const) : ({ kind, domain: 'sales', ...base } as const)
  return openBundle(signBundle(whole, { id: kind, privateKey }), publicKey)
}

const variable = (name: string): string => `$\{${name}}`

/** The same reading, in this process. */
const here: Pick<Official, 'readPolicies'> = { readPolicies: async (texts, schema) => readPolicies(texts, schema) }

const outcome = async (work: Promise<Model>): Promise<string> => {
  try {
    return (await work).mesh.name
  } catch (error) {
    return error instanceof SelvageError ? `${error.code} ${String(error.options.cause)}` : String(error)
  }
}

const wordsOf = ({ mesh }: Model): readonly (string | undefined)[] => [...mesh.taxonomy.purposes.values()].map(({ iri }) => iri)
const purposeIri = (path: string, text: string): string =>
  path === 'taxonomy.yaml' || path.endsWith('/taxonomy.yaml')
    ? text.replace(/iri: [^ }]+/, () => `iri: "${variable('PURPOSE_IRI')}"`)
    : text

describe('variables of two signed bundles', () => {
  test('a domain’s value never takes the place of one that the centre signed', async () => {
    const centre = bundle('centre', { PURPOSE_IRI: 'https://example.org/signed-by-the-centre' }, purposeIri)
    const domain = bundle('domain', { ...issuers, PURPOSE_IRI: 'https://example.org/seized' })
    const words = wordsOf(await buildModel(here, centre, domain))
    expect(words).toContain('https://example.org/signed-by-the-centre')
    expect(words).not.toContain('https://example.org/seized')
  })

  test('a domain gives no value that the centre left out', async () => {
    const seized = bundle('domain', { ...issuers, PURPOSE_IRI: 'https://example.org/seized' })
    expect(await outcome(buildModel(here, bundle('centre', {}, purposeIri), seized))).toMatch(/^policy\.invalid .*variable\.unresolved/)
  })

  test('a domain’s files take no value of the centre’s, however they spell its name', async () => {
    const centre = bundle('centre', { THEIRS: 'https://centre.example.org' })
    const spelled = (spelling: string): VerifiedBundle =>
      bundle('domain', issuers, (_, text) => text.replace(variable('PARTNER_ISSUER'), () => spelling))
    for (const spelling of [variable('THEIRS'), String.raw`"\x24{THEIRS}"`])
      expect(await outcome(buildModel(here, centre, spelled(spelling)))).toMatch(/^policy\.invalid/)
  })
})

describe('a template in a domain’s bundle', () => {
  const folder = 'domains/sales/policies'
  const table = 'sales.crm.customer' as TableId
  const linked = (place: string): VerifiedBundle =>
    bundle('domain', issuers, undefined, [
      {
        path: `${folder}/auditors.cedar`,
        text: '@id("sales/auditors") permit (principal in ?principal, action == Mesh::Action::"audit", resource in ?resource);',
      },
      {
        path: `${folder}/links.yaml`,
        text: `links:\n  - { id: sales/linked, template: sales/auditors, principal: 'Mesh::Role::"analyst"', resource: '${place}' }\n`,
      },
    ])
  const analyst: Asker = {
    subject: { kind: 'User', id: 'workforce/x', roles: ['analyst'], groups: [], attributes: {} },
    actors: [],
    purpose: '',
  }

  test('is a rule where it is linked', async () => {
    const { policies } = await buildModel(here, bundle('centre', {}), linked('Mesh::Table::"sales.crm.customer"'))
    expect(allows(policies, analyst, 'audit', { table })).toMatchObject({ allowed: true, because: [{ id: 'sales/linked' }] })
    const { policies: without } = await buildModel(here, bundle('centre', {}), bundle('domain', issuers))
    expect(allows(without, analyst, 'audit', { table })).toMatchObject({ allowed: false })
  })

  test('is refused where the link reaches beyond the domain', async () => {
    const beyond = linked('Mesh::Domain::"health"')
    expect(await outcome(buildModel(here, bundle('centre', {}), beyond))).toMatch(/^policy\.invalid/)
  })
})
