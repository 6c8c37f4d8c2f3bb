import { createCipheriv, createDecipheriv, createHmac, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { secretKeyFile, signingKeyFile } from '@selvage/bundle'

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
  readonly unseal: (subject: string, blob: Uint8Array) => string
}

export function openKeys(dir: string, domain: string): Keys {
  const tokens = secretKeyFile(join(dir, 'tokens.key'))
  const pseudonyms = secretKeyFile(join(dir, 'pseudonyms.key'))
  const subjectKeys = new Map<string, Uint8Array>()
  const pseudonym = (subject: string): string => createHmac('sha256', pseudonyms).update(subject).digest('hex').slice(0, 32)

  function subjectKey(name: string): Uint8Array {
    const key = subjectKeys.get(name) ?? secretKeyFile(join(dir, 'subjects', `${name}.key`))
    subjectKeys.set(name, key)
    return key
  }

  return {
    auditSigner: signingKeyFile(join(dir, 'audit.pem')),
    tokenKey: scope => derive(tokens, `selvage/token/v1/${domain}/${scope}`),
    tokenKeyId: Buffer.from(derive(tokens, `selvage/token-id/v1/${domain}`)).toString('hex').slice(0, 16),
    pseudonym,
    seal: (subject, text) => seal(subjectKey(pseudonym(subject)), text),
    // `subject` is already the pseudonym here: whoever reads an entry has nothing else.
    unseal: (subject, blob) => unseal(subjectKey(subject), blob),
  }
}

/** HKDF (RFC 5869) with SHA-256. */
const derive = (key: Uint8Array, info: string): Uint8Array => new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), info, 32))

const associated = Buffer.from('selvage/detail/v1')

/** AES-256-GCM (NIST SP 800-38D): nonce (12 bytes), tag (16 bytes), ciphertext. */
function seal(key: Uint8Array, text: string): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(associated)
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
}

function unseal(key: Uint8Array, blob: Uint8Array): string {
  const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(0, 12), { authTagLength: 16 })
  decipher.setAAD(associated)
  decipher.setAuthTag(blob.subarray(12, 28))
  return Buffer.concat([decipher.update(blob.subarray(28)), decipher.final()]).toString('utf8')
}
