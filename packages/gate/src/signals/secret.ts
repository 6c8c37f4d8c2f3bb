import { readFileSync, statSync } from 'node:fs'

/** Where a secret is: in a variable of the environment or a file, never in a configuration. */
export type SecretPlace = { readonly env: string } | { readonly file: string }

const maxLength = 4_096
/** What may stand in a header, without spaces at its ends. */
const text = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/

/** Throws where there is none. No error carries it. */
export function readSecret(place: SecretPlace): string {
  const [where, value] = 'env' in place ? [place.env, process.env[place.env]] : [place.file, readFile(place.file)]
  const secret = value?.replace(/\r?\n$/, '')
  if (secret === undefined || secret.length > maxLength || !text.test(secret)) throw new Error(`no secret at ${where}`)
  return secret
}

function readFile(path: string): string {
  if (statSync(path).size > maxLength) throw new Error(`no secret at ${path}`)
  return readFileSync(path, 'utf8')
}
