import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type PublicKey, parseKeySet } from './key-set.ts'
import { isStrictObject, parseStrictJson } from './strict-json.ts'

/** An issuer's keys as they were fetched; kept on disk, so that a restart needs no issuer. */
export interface KeptKeys {
  readonly issuer: string
  readonly address: string
  /** Milliseconds since 1970. */
  readonly fetchedAt: number
  readonly keys: readonly PublicKey[]
}

const maxFileLength = 512 * 1024

const pathOf = (dir: string, issuer: string): string => join(dir, `${createHash('sha256').update(issuer).digest('hex').slice(0, 32)}.json`)

/** Undefined where there is no such file. Throws where it is not what was written. */
export async function readKeptKeys(dir: string, issuer: string): Promise<KeptKeys | undefined> {
  const text = await readBounded(pathOf(dir, issuer))
  if (text === undefined) return undefined
  const file = parseStrictJson(text)
  if (!isStrictObject(file) || file.issuer !== issuer) throw new Error('kept keys: another issuer’s')
  const { address, fetchedAt, set } = file
  if (typeof address !== 'string' || !URL.canParse(address) || new URL(address).origin !== new URL(issuer).origin)
    throw new Error('kept keys: address')
  if (!Number.isSafeInteger(fetchedAt)) throw new Error('kept keys: time')
  const keys = parseKeySet(JSON.stringify(set ?? null))
  if (keys.length === 0) throw new Error('kept keys: no usable key')
  return { issuer, address, fetchedAt: fetchedAt as number, keys }
}

/** Whole or not at all, also when the machine stops meanwhile. */
export async function keepKeys(dir: string, kept: KeptKeys): Promise<void> {
  const { issuer, address, fetchedAt } = kept
  const keys = kept.keys.map(({ kid, alg, jwk }) => ({ ...jwk, kid, ...(alg === undefined ? {} : { alg }) }))
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const partial = join(dir, `${randomUUID()}.partial`)
  try {
    await writeWhole(partial, `${JSON.stringify({ issuer, address, fetchedAt, set: { keys } })}\n`)
    await rename(partial, pathOf(dir, issuer))
  } finally {
    await rm(partial, { force: true })
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function readBounded(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).size > maxFileLength) throw new Error('kept keys: too large')
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
