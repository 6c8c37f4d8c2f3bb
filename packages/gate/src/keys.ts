import { createCipheriv, createDecipheriv, createHmac, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { secretKeyFile, signingKeyFile } from '@selvage/bundle'
import { type TokenScope, tokenKeyInfo } from '@selvage/kernel/protect'

/** The domain's secrets, each made at first start in a file of mode 0600. They never leave the gate. */
export interface Keys {
  readonly auditSigner: KeyObject
  /** The key for tokens of one scope (a semantic type); equal values stay equal inside a scope and differ across domains. */
  readonly tokenKey: (scope: string) => Uint8Array
  readonly tokenKeyId: string
  /** The name under which a subject stands in the log. */
  readonly pseudonym: (subject: string) => string
  /** Encrypts the details of an entry under the subject's own key, which can be destroyed. */
  readonly seal: (subject: string, text: string) => Buffer
  /** `subject` is its pseudonym: whoever reads an entry has nothing else. Undefined where the key was destroyed. */
  readonly unseal: (subject: string, blob: Uint8Array) => string | undefined
}

export function openKeys(dir: string, domain: string): Keys {
  const tokens = secretKeyFile(join(dir, 'tokens.key'))
  const pseudonyms = secretKeyFile(join(dir, 'pseudonyms.key'))
  const subjectKeys = new Map<string, Uint8Array>()
  const pseudonym = (subject: string): string => createHmac('sha256', pseudonyms).update(subject).digest('hex').slice(0, 32)

  const subjectPath = (name: string): string => join(dir, 'subjects', `${name}.key`)

  function subjectKey(name: string): Uint8Array {
    const key = subjectKeys.get(name) ?? secretKeyFile(subjectPath(name))
    subjectKeys.set(name, key)
    return key
  }

  return {
    auditSigner: signingKeyFile(join(dir, 'audit.pem')),
    tokenKey: scope => derive(tokens, tokenKeyInfo(domain, scopeOf(scope))),
    tokenKeyId: Buffer.from(derive(tokens, `selvage/token-id/v1/${domain}`))
      .toString('hex')
      .slice(0, 16),
    pseudonym,
    seal: (subject, text) => seal(subjectKey(pseudonym(subject)), text),
    unseal: (subject, blob) => (existsSync(subjectPath(subject)) ? unseal(subjectKey(subject), blob) : undefined),
  }
}

/** A semantic type, or `domain.product.table.column` where a column has none. */
function scopeOf(scope: string): TokenScope {
  const dot = scope.lastIndexOf('.')
  return dot < 0 ? { semanticType: scope } : { table: scope.slice(0, dot), column: scope.slice(dot + 1) }
}

/** HKDF (RFC 5869) with SHA-256. */
const derive = (key: Uint8Array, info: string): Uint8Array => new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), info, 32))

const associated = Buffer.from('selvage/detail/v2')
const longestDetail = 4 * 1024 * 1024

/** Deflated (RFC 1951), then AES-256-GCM (NIST SP 800-38D): nonce (12 bytes), tag (16 bytes), ciphertext. */
function seal(key: Uint8Array, text: string): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(associated)
  const sealed = Buffer.concat([cipher.update(deflateRawSync(text)), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
}

function unseal(key: Uint8Array, blob: Uint8Array): string {
  const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(0, 12), { authTagLength: 16 })
  decipher.setAAD(associated)
  decipher.setAuthTag(blob.subarray(12, 28))
  const deflated = Buffer.concat([decipher.update(blob.subarray(28)), decipher.final()])
  return inflateRawSync(deflated, { maxOutputLength: longestDetail }).toString('utf8')
}
