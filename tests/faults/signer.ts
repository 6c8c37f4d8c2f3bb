import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Bundle,
  following,
  formatPublicKey,
  maxBundleLength,
  openBundle,
  parsePublicKey,
  readKept,
  signBundle,
  signingKeyFile,
  type VerifiedBundle,
} from '@selvage/bundle'
import type { DevMesh } from '../dev-mesh.ts'

/** Delivers new versions of the rules of `sales` and of the centre, and of its files, that mean what the old ones did. */
export class Signer {
  readonly #mesh: DevMesh
  /** The last one signed, of each signer. */
  readonly #last = new Map<string, VerifiedBundle>()
  readonly #folder: string
  readonly #file: string
  /** How many deliveries were taken, and how many were not. */
  readonly delivered: Record<string, number> = {}

  /** `folder`: of the files of `sales`; those of the sample if left out. */
  constructor(mesh: DevMesh, folder: string = join(mesh.state, 'sample', 'sales')) {
    this.#mesh = mesh
    this.#folder = folder
    this.#file = readdirSync(folder).find(name => name.startsWith('invoice.')) ?? readdirSync(folder)[0]!
  }

  /** Other bytes, the same rows: the product is made anew. */
  async publish(): Promise<void> {
    const path = join(this.#folder, this.#file)
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.endsWith('\n') ? text.slice(0, -1) : `${text}\n`)
    await this.#deliver('sales', `${this.#mesh.dev.gates.sales!.http}/v1/bundles/domain`)
  }

  async swap(): Promise<void> {
    await this.#deliver('centre', `${this.#mesh.dev.control}/v1/bundles/centre`)
    await this.#deliver('sales', `${this.#mesh.dev.gates.sales!.http}/v1/bundles/domain`)
  }

  /** What is not taken, because who takes it is dead, is an ancestor of the next all the same. */
  async #deliver(who: string, url: string): Promise<void> {
    const privateKey = signingKeyFile(join(this.#mesh.state, 'signers', `${who}.pem`))
    const kept = readKept(join(this.#mesh.state, 'signed', `${who}.bundle.json`), maxBundleLength * 2)!
    const publicKey = parsePublicKey(formatPublicKey(privateKey))
    const first = openBundle(kept, publicKey)
    const { digest: _digest, '~verified': _verified, ...before } = first
    const last = this.#last.get(who) ?? first
    const version = last.version + 1
    const files = before.files.map(file =>
      file.path.endsWith('.cedar') ? { ...file, text: `${file.text}\n// version ${version}\n` } : file,
    )
    const body = signBundle({ ...before, version, ...following(last), files } as Bundle, { id: who, privateKey })
    this.#last.set(who, openBundle(body, publicKey))
    const status = await fetch(url, { method: 'PUT', body, headers: { 'content-type': 'application/json' } }).then(
      async reply => {
        await reply.text()
        return String(reply.status)
      },
      () => 'unreachable',
    )
    this.delivered[`${who} ${status}`] = (this.delivered[`${who} ${status}`] ?? 0) + 1
  }
}
