import { chmodSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '@selvage/bundle'
import { z } from 'zod'
import { CommandError } from '../exit.ts'
import { withLock } from '../lock.ts'

const instant = z.int().nonnegative()

/** Times in milliseconds since 1970. */
const shape = z.strictObject({
  /** The issuer's address. */
  issuer: z.string(),
  client: z.string(),
  /** What the tokens are asked for (RFC 8707). */
  resource: z.string().optional(),
  /** Whether the tokens are bound to the key of this folder (RFC 9449). */
  bound: z.boolean(),
  access: z.string(),
  accessExpires: instant,
  refresh: z.string().optional(),
  /** What `purpose use` said. */
  use: z.strictObject({ purpose: z.string(), reason: z.string().optional(), until: instant }).optional(),
  /** By domain: the session at its gate. */
  sessions: z.record(z.string(), z.strictObject({ handle: z.string(), expires: instant })),
})

/** Who is logged in on this state folder: its file is readable by its owner alone. */
export type Login = z.infer<typeof shape>

const pathOf = (dir: string): string => join(dir, 'login.json')

/** Undefined: nobody is. A file that others may read or that says something else is refused. */
export function readLogin(dir: string): Login | undefined {
  const path = pathOf(dir)
  if (!existsSync(path)) return undefined
  if (modeFor(path, others) !== 0)
    throw new CommandError('refused', `others may read ${path}`, {
      help: 'Log in again with `selvage login`: what others could read is no secret.',
    })
  const login = parse(path)
  // No cause: it would hold what stands in the file.
  if (login === undefined)
    throw new CommandError('refused', `${path} does not say who is logged in`, { help: 'Log in again with `selvage login`.' })
  return login
}

const others = 0o077
const writers = 0o022
const modeFor = (path: string, mask: number): number => statSync(path).mode & mask

function parse(path: string): Login | undefined {
  try {
    return shape.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}

/** For whoever ends it: one that others could read, and not write, is what it was. One that is none is dropped; false where it was. */
export function makeEndable(dir: string): boolean {
  const path = pathOf(dir)
  if (!existsSync(path)) return true
  if (modeFor(path, writers) === 0) chmodSync(path, 0o600)
  try {
    readLogin(dir)
    return true
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    forgetLogin(dir)
    return false
  }
}

export function requireLogin(dir: string): Login {
  const login = readLogin(dir)
  if (login === undefined) throw nobody()
  return login
}

export const nobody = (): CommandError => new CommandError('refused', 'nobody is logged in here', { help: 'Log in with `selvage login`.' })

/** One command at a time changes it: a refresh token that is used twice ends the login. */
export const whileKept = <T>(dir: string, work: () => Promise<T>): Promise<T> => withLock(join(dir, 'login.lock'), work)

export const keepLogin = (dir: string, login: Login): void => replaceFile(pathOf(dir), `${JSON.stringify(login)}\n`)

export const forgetLogin = (dir: string): void => rmSync(pathOf(dir), { force: true })
