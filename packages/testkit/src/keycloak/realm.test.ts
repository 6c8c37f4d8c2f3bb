import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parse } from 'yaml'

interface User {
  readonly username: string
  readonly serviceAccountClientId?: string
  readonly realmRoles: readonly string[]
  readonly attributes?: Readonly<Record<string, readonly string[]>>
}
interface Realm {
  readonly users: readonly User[]
  readonly clients: readonly { readonly clientId: string; readonly secret?: string }[]
}
interface Person {
  readonly login: string
  readonly roles: readonly string[]
  readonly attributes?: Readonly<Record<string, unknown>>
}

const textOf = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const realm = JSON.parse(textOf('../../realms/example-realm.json')) as Realm
const { issuers } = parse(textOf('../../../../examples/mesh/people.yaml')) as { issuers: { workforce: Person[] } }

/** Keycloak keeps lists of texts only; the realm's mappers give them their types. */
const asKept = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).map(String)

it('has the example’s people, with their roles and attributes; the agent is a client', () => {
  const kept = (attributes: Person['attributes'] = {}) =>
    Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, asKept(value)]))
  const wanted = issuers.workforce.map(({ login, roles, attributes }) => [login, roles, kept(attributes)])
  const users = realm.users.map(user => [user.serviceAccountClientId ?? user.username, user.realmRoles, user.attributes ?? {}])
  expect(users).toEqual(expect.arrayContaining(wanted))
  expect(users.length).toBe(wanted.length + 1)
})

it('holds no secret', () => {
  const secrets = [...textOf('../../realms/example-realm.json').matchAll(/"(?:secret|value)": "([^"]*)"/g)].map(match => match[1])
  expect(new Set(secrets)).toEqual(new Set(['@person@', '@client@']))
})
