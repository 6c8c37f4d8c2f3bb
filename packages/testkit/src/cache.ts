import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** Where what tests fetch and build lies, outside the tree. It is made at first use; nothing in it is needed beforehand. */
export const cacheFolder = (): string => process.env.SELVAGE_TESTKIT_CACHE ?? join(homedir(), '.cache', 'selvage')

/** The name of what is made of these parts, and of nothing else. */
export const nameOf = (...parts: readonly (string | Uint8Array)[]): string =>
  createHash('sha256')
    .update(JSON.stringify(parts.map(part => createHash('sha256').update(part).digest('hex'))))
    .digest('hex')
    .slice(0, 16)

/** `target` is there whole or not at all; where several make it at once, one of theirs stays. */
export async function makeOnce(target: string, make: (partial: string) => Promise<void>): Promise<string> {
  if (existsSync(target)) return target
  const partial = `${target}.${randomUUID()}`
  await mkdir(dirname(target), { recursive: true })
  await mkdir(partial, { mode: 0o700 })
  try {
    await make(partial)
    await rename(partial, target).catch(error => {
      if (!existsSync(target)) throw error
    })
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
  return target
}

const execute = promisify(execFile)

/** Runs a tool to its end. What it said is in the error's message, so no argument may be a secret. */
export async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<void> {
  try {
    await execute(command, [...args], { env, maxBuffer: 2 ** 26 })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${command} failed: ${`${stdout}\n${stderr}`.trim().slice(-4_000)}`, { cause: error })
  }
}
