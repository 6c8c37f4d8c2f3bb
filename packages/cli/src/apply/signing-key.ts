import { createPrivateKey, type KeyObject } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { CommandError } from '../exit.ts'

const maxKeyBytes = 8_192

/**
 * The Ed25519 key with which one person signs, from a file on that person's own machine. It is read once, through what was
 * opened: no link, nobody else's, readable to nobody else. It is never copied, and nothing of it is told.
 */
export function readSigningKey(path: string): KeyObject {
  const text = readSecret(path)
  try {
    const key = createPrivateKey(text)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // Its message could quote the file.
  }
  throw new CommandError('usage', `${path} holds no Ed25519 key`, { help: 'It is PKCS #8 in PEM.' })
}

function readSecret(path: string): string {
  const file = opened(path)
  try {
    const { mode, uid, size } = fstatSync(file)
    if ((mode & constants.S_IFMT) !== constants.S_IFREG || size > maxKeyBytes) throw new CommandError('usage', `${path} is no key file`)
    if (uid !== process.getuid?.()) throw new CommandError('usage', `${path} belongs to somebody else`)
    if ((mode & 0o077) !== 0)
      throw new CommandError('usage', `others may read ${path}`, {
        help: 'What others could read is no secret: make a new key, and set its mode to 0600.',
      })
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

function opened(path: string): number {
  try {
    // A pipe would keep us waiting.
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const what = code === 'ELOOP' ? 'is a link' : code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`
    throw new CommandError('usage', `the signing key ${path} ${what}`, { help: 'Name the folder of signing keys with --keys.', cause })
  }
}
