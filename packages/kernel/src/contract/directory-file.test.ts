import { describe, expect, it } from 'vitest'
import { findEntry, maxDirectoryEntries, parseDirectory, subjectIn } from './directory-file.ts'
import type { Mesh } from './mesh.ts'
import { parseMesh } from './parse-mesh.ts'

const issuer = (alias: string, more: string): string =>
  `  - { alias: ${alias}, issuer: 'https://${alias}.example', audience: 'selvage:x', algorithms: [ES256], ${more} }\n`
const texts = {
  'mesh.yaml': 'name: small\ndomains: [shop, care]\n',
  'guardrails/taxonomy.yaml': `labels: {}
purposes: {}
semanticTypes: {}
subjectAttributes: { badge: integer, trainings: strings }
roles: [analyst, owner]
`,
  'guardrails/baseline.yaml': 'require: []\n',
  'domains/shop/domain.yaml': `owner: a@example.org
issuers:
${issuer('staff', 'roles: { ana: analyst, own: owner }, attributes: [badge], agents: [bot]')}${issuer('partner', 'roles: {}')}`,
  'domains/care/domain.yaml': `owner: b@example.org
issuers:
${issuer('staff', 'roles: { ana: analyst }, attributes: [trainings], workloads: [bot]')}`,
}
const mesh = parseMesh(Object.entries(texts).map(([path, text]) => ({ path, text }))).mesh as Mesh
const [shop, care] = ['shop', 'care'].map(name => mesh.domains.find(domain => domain.name === name)!)

const head = 'issuer: staff\nsource: hr\nobserved: 2026-11-20\n'
const read = (text: string, path = 'directory.yaml') => parseDirectory([{ path, text }], mesh)

describe('a directory', () => {
  const text = `${head}people:
  kim: { subject: 7f3a, roles: [ana, own, chef], attributes: { badge: 3, trainings: { value: [x], source: lms, observed: 2026-01-31 } } }
  kim-there: { issuer: partner, subject: kim, roles: [ana] }
programs:
  bot: { roles: [ana], attributes: { badge: 4 } }
`
  const { directory, findings } = read(text)

  it('says who is there, and of each attribute from where and when', () => {
    expect(findings).toEqual([])
    expect(directory.entries.map(({ name }) => name)).toEqual(['kim@staff', 'kim-there@partner', 'bot@staff'])
    expect(directory.entries[0]).toMatchObject({ login: 'kim', issuer: 'staff', subject: '7f3a', roles: ['ana', 'own', 'chef'] })
    expect([...directory.entries[0]!.attributes]).toEqual([
      ['badge', { value: 3, source: 'hr', observed: '2026-11-20' }],
      ['trainings', { value: ['x'], source: 'lms', observed: '2026-01-31' }],
    ])
  })

  it('is to each domain what that domain takes of the issuer', () => {
    const of = (login: string) => [shop!, care!].map(domain => subjectIn(findEntry(directory, login)!, domain))
    expect(of('kim')).toEqual([
      { name: 'kim@staff', id: 'staff/7f3a', kind: 'User', roles: ['analyst', 'owner'], groups: [], attributes: { badge: 3 } },
      { name: 'kim@staff', id: 'staff/7f3a', kind: 'User', roles: ['analyst'], groups: [], attributes: { trainings: ['x'] } },
    ])
    expect(of('bot')).toMatchObject([
      { kind: 'Agent', roles: ['analyst'], attributes: {} },
      { kind: 'Workload', roles: ['analyst'], attributes: {} },
    ])
    const there = { name: 'kim-there@partner', id: 'partner/kim', kind: 'User', roles: [], groups: [], attributes: {} }
    expect(of('kim-there')).toEqual([there, undefined])
  })

  it('of a domain is for that domain', () => {
    const own = read(`${head}people:\n  kim: { roles: [ana] }\n`, 'domains/shop/directory.yaml').directory.entries[0]!
    expect([subjectIn(own, shop!)?.roles, subjectIn(own, care!)]).toEqual([['analyst'], undefined])
  })

  it('finds nobody where a login is not enough', () => {
    const two = read(`${head}people:\n  kim: {}\nprograms:\n  kim: { issuer: partner }\n`).directory
    expect([findEntry(two, 'kim'), findEntry(two, 'kim@partner')?.issuer, findEntry(two, 'lee')]).toEqual([undefined, 'partner', undefined])
  })
})

it.each([
  ['directory.unknown', `${head.replace('staff', 'stuff')}people: {}\n`, 'stuff'],
  ['directory.unknown', `${head}people: { kim: { attributes: { bagde: 3 } } }\n`, 'bagde'],
  ['directory.unknown', `${head}people: { kim: { issuer: stuff } }\n`, 'stuff'],
  ['directory.day', `${head.replace('2026-11-20', '2026-02-30')}people: {}\n`, '2026-02-30'],
  ['directory.day', `${head}people: { kim: { observed: yesterday } }\n`, 'yesterday'],
  ['name.duplicate', `${head}people: { kim: {} }\nprograms: { kim: {} }\n`, 'kim'],
  ['name.duplicate', `${head}people: { kim: { subject: x }, lee: { subject: x } }\n`, 'lee'],
  ['name.invalid', `${head}people: { "kim lee": {} }\n`, 'kim lee'],
  ['yaml.type', `${head}people: { kim: { attributes: { badge: three } } }\n`, 'badge'],
  ['yaml.unknown_key', `${head}people: { kim: { password: x } }\n`, 'password'],
  ['yaml.missing_key', 'issuer: staff\nobserved: 2026-11-20\n', 'source'],
])('%s: %s', (code, text, said) => {
  const { findings } = read(text)
  expect(findings).toMatchObject([{ code, file: 'directory.yaml' }])
  expect(findings[0]!.what).toContain(said)
})

it('directory.too_many: holds so many logins and no more', () => {
  const many = Array.from({ length: maxDirectoryEntries / 20 + 1 }, (_, at) => `  k${at}: {}\n`).join('')
  const files = Array.from({ length: 20 }, (_, at) => ({
    path: at === 0 ? 'directory.yaml' : `domains/d${at}/directory.yaml`,
    text: `${head}people:\n${many.replaceAll('k', `k${at}x`)}`,
  }))
  const domains = files.map((_, at) => ({ ...shop!, name: `d${at}` as Mesh['domains'][number]['name'] }))
  const { directory, findings } = parseDirectory(files, { ...mesh, domains })
  expect(findings).toMatchObject([{ code: 'directory.too_many' }])
  expect(directory.entries).toHaveLength(maxDirectoryEntries)
})

describe('of a mesh that holds one domain of several', () => {
  const alone = (text: string) => parseDirectory([{ path: 'directory.yaml', text }], mesh, { ofDomain: true })

  it('logins of issuers that it does not trust are another domain’s, and counted', () => {
    const { directory, findings, elsewhere } = alone(`${head}people:\n  ana: {}\n  kim: { issuer: elsewhere }\n`)
    expect(findings).toEqual([])
    expect(directory.entries.map(({ name }) => name)).toEqual(['ana@staff'])
    expect(elsewhere).toBe(1)
  })

  it('what is wrong is still wrong', () => {
    expect(alone(`${head}people:\n  kim: { issuer: 'no name', attributes: { height: 3 } }\n`).findings.map(({ code }) => code)).toEqual([
      'directory.unknown',
      'directory.unknown',
    ])
  })
})
