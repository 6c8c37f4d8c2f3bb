import type { Admin } from './admin.ts'

/** What an administrator does while tokens are about. */
export interface Changes {
  /** The `sub` of a person's tokens. */
  subjectOf(login: string): Promise<string>
  /** Ends all sessions of a person. */
  logout(login: string): Promise<void>
  disable(login: string): Promise<void>
  /** Gives a person another password, and says it nowhere: their own no longer opens anything. */
  changePassword(login: string, password: string): Promise<void>
  /** Signs with a new key from now on. Unless `keep`, tokens of older keys are worth nothing then. */
  rotateKeys(options?: { readonly keep?: boolean }): Promise<void>
  /** `path` as `/sales/emea`; `name` of the last part. */
  renameGroup(path: string, name: string): Promise<void>
}

const keyProvider = 'org.keycloak.keys.KeyProvider'

export function createChanges(admin: Admin, realm: string): Changes {
  const ask = async <T>(path: string): Promise<T> => (await (await admin.send(`${realm}${path}`)).json()) as T
  const tell = async (method: string, path: string, body: object = {}): Promise<void> => {
    await admin.send(`${realm}${path}`, { method, body: JSON.stringify(body) })
  }
  async function subjectOf(login: string): Promise<string> {
    const [user] = await ask<{ id: string }[]>(`/users?exact=true&username=${encodeURIComponent(login)}`)
    if (user === undefined) throw new Error(`the realm has no ${login}`)
    return user.id
  }
  async function rotateKeys({ keep = false }: { readonly keep?: boolean } = {}): Promise<void> {
    const old = await ask<KeyComponent[]>(`/components?type=${keyProvider}`)
    const signing = old.filter(({ providerId }) => providerId === 'ecdsa-generated')
    await tell('POST', '/components', newKey(signing))
    if (!keep) for (const { id } of signing) await tell('DELETE', `/components/${id}`)
  }
  async function renameGroup(path: string, name: string): Promise<void> {
    const group = await ask<{ id: string }>(`/group-by-path${path}`)
    await tell('PUT', `/groups/${group.id}`, { ...group, name })
  }
  return {
    subjectOf,
    logout: async login => tell('POST', `/users/${await subjectOf(login)}/logout`),
    disable: async login => tell('PUT', `/users/${await subjectOf(login)}`, { enabled: false }),
    changePassword: async (login, password) =>
      tell('PUT', `/users/${await subjectOf(login)}/reset-password`, { type: 'password', value: password, temporary: false }),
    rotateKeys,
    renameGroup,
  }
}

interface KeyComponent {
  readonly id: string
  readonly providerId: string
  readonly config: Readonly<Record<string, readonly string[]>>
}

/** One of a higher priority than all others: it signs. */
function newKey(others: readonly KeyComponent[]): object {
  const priority = 1 + Math.max(100, ...others.map(({ config }) => Number(config.priority?.[0] ?? 0)))
  const config = { priority: [String(priority)], ecdsaEllipticCurveKey: ['P-256'], active: ['true'], enabled: ['true'] }
  return { name: `signing-${priority}`, providerId: 'ecdsa-generated', providerType: keyProvider, config }
}
