import { athOf, jktOf, type ProofClaims, signProof } from '../../../packages/identity/src/testing/proof.ts'
import { type TestKey, testKey } from '../../../packages/identity/src/testing/token.ts'
import type { Told } from '../door/door.ts'
import { Cursor } from './cursor.ts'
import type { SmallMesh } from './small-mesh.ts'

export interface OpenedSession {
  readonly session: string
  readonly expires: string
  readonly purpose: string
  readonly proof: string
  readonly receipt: { readonly index: number }
}

let proofs = 0

/** Somebody with a DPoP key, who asks in sessions. */
export class Holder {
  readonly key: TestKey
  readonly #mesh: SmallMesh
  readonly #claims: Readonly<Record<string, unknown>>
  #nonce: string | undefined

  constructor(mesh: SmallMesh, claims: Readonly<Record<string, unknown>> = {}, key = testKey('holder')) {
    this.key = key
    this.#mesh = mesh
    this.#claims = claims
  }

  token(more: Readonly<Record<string, unknown>> = {}): string {
    return this.#mesh.token({ cnf: { jkt: jktOf(this.key) }, ...this.#claims, ...more })
  }

  /** For a token or a handle. */
  async headers(secret: string, method: string, path: string, more: ProofClaims = {}): Promise<{ authorization: string; dpop: string }> {
    this.#nonce ??= await this.#fetchNonce()
    proofs += 1
    const iat = Math.floor(this.#mesh.clock.now() / 1_000)
    const claims = { jti: `holder-${proofs}`, htm: method, htu: this.#mesh.door.url + path, iat, ath: athOf(secret), nonce: this.#nonce }
    return { authorization: `DPoP ${secret}`, dpop: signProof({ ...claims, ...more }, this.key) }
  }

  /** A nonce counts for two minutes. */
  renew(): void {
    this.#nonce = undefined
  }

  async #fetchNonce(): Promise<string | undefined> {
    // Of no session: whoever it is, a nonce comes first.
    const token = `svg_session_${'A'.repeat(43)}`
    const iat = Math.floor(this.#mesh.clock.now() / 1_000)
    const dpop = signProof(
      { jti: crypto.randomUUID(), htm: 'GET', htu: `${this.#mesh.door.url}/v1/whoami`, iat, ath: athOf(token) },
      this.key,
    )
    const told = await this.#mesh.door.call('/v1/whoami', { method: 'GET', headers: { authorization: `DPoP ${token}`, dpop } })
    return told.headers.get('dpop-nonce') ?? undefined
  }

  async call(secret: string, method: string, path: string, body?: object): Promise<Told> {
    const headers = await this.headers(secret, method, path)
    return this.#mesh.door.call(path, { method, headers, ...(body === undefined ? {} : { body }) })
  }

  open(body: object = { purpose: 'analytics' }): Promise<Told> {
    return this.call(this.token(), 'POST', '/v1/sessions', body)
  }

  async session(body?: object): Promise<OpenedSession> {
    const told = await this.open(body)
    if (told.status !== 201) throw new Error(told.text)
    return told.body as unknown as OpenedSession
  }

  /** By the handle alone. */
  ask(handle: string, sql: string): Promise<Told> {
    return this.call(handle, 'POST', '/v1/sql', { sql })
  }

  async cursor(handle: string, sql: string): Promise<Cursor> {
    return (await Cursor.open(this.#mesh, sql, { ...(await this.headers(handle, 'POST', '/v1/sql')), session: undefined })).read()
  }
}
