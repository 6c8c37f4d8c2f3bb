import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseDirectory, parseMesh, subjectIn } from '@selvage/kernel/contract'
import { expect, it } from 'vitest'
import { contentOf } from '../apply/signed-bundles.ts'
import { readTree } from '../tree.ts'
import { exampleMesh, readPeople } from './mesh.ts'

const files = readTree(exampleMesh)
const { mesh } = parseMesh(files, {
  variables: { WORKFORCE_ISSUER: 'https://a.example', PARTNER_ISSUER: 'https://b.example', DEVICES_KEY: 'A'.repeat(43) },
})
const { directory, findings } = parseDirectory(files, mesh!)

it('the example’s directory and the people of its demo issuers are the same', () => {
  expect(findings).toEqual([])
  const issued = Object.entries(readPeople(exampleMesh)).flatMap(([issuer, people]) =>
    people.map(({ login, kind, roles, attributes }) => ({ id: `${issuer}/${login}`, agent: kind === 'Agent', roles, attributes })),
  )
  const listed = directory.entries.map(entry => ({
    id: `${entry.issuer}/${entry.subject}`,
    agent: mesh!.domains.every(domain => subjectIn(entry, domain)?.kind === 'Agent'),
    roles: [...entry.roles],
    attributes: Object.fromEntries([...entry.attributes].map(([name, { value }]) => [name, value])),
  }))
  const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1)
  expect(listed.toSorted(byId)).toEqual(issued.toSorted(byId))
})

it('nobody signs a directory', () => {
  const own = { path: 'domains/sales/directory.yaml', text: readFileSync(join(exampleMesh, 'directory.yaml'), 'utf8') }
  const signed = ['centre', 'sales', 'health', 'census'].flatMap(who => contentOf([...files, own], who, mesh!, {}).files)
  expect(signed.map(({ path }) => path)).toContain('mesh.yaml')
  expect(signed.filter(({ path }) => path.endsWith('directory.yaml'))).toEqual([])
})
