import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from '../dist-modules.ts'

type Word = (error: unknown) => string | undefined

/** `SelvageError` with a code of the table; the code is the word. */
export async function selvageErrors(...codes: readonly string[]): Promise<Word> {
  const { SelvageError } = await load<typeof import('../../../packages/kernel/src/model/index.ts')>('kernel/model/index')
  return error => {
    if (!(error instanceof SelvageError)) return undefined
    const { cause, detail } = error.options
    const allowed = codes.some(code => error.code === code || error.code.startsWith(`${code}.`))
    if (!allowed) return undefined
    const plain = (text: string): string =>
      text
        .replace(/:.*/s, '')
        .replace(/`[^`]*`?/g, '`')
        .replace(/\d+/g, '#')
        .slice(0, 40)
    const told =
      typeof cause === 'string' ? cause : cause instanceof Error && cause.constructor === Error ? cause.message.split(' ', 3).join(' ') : ''
    return `${error.code} ${plain(detail ?? '')} ${plain(told)}`
  }
}

export async function ledgerErrors(): Promise<Word> {
  const { LedgerError } = await load<typeof import('../../../packages/ledger/src/error.ts')>('ledger/error')
  return error => (error instanceof LedgerError ? `${error.code} ${error.message.replace(/\d+/g, '#')}` : undefined)
}

/** An error of this class, by its constructor's name; of zod's and of the language's own. */
export const named =
  (...names: readonly string[]): Word =>
  error =>
    error instanceof Error && names.includes(error.constructor.name) ? error.constructor.name : undefined

export const anyOf =
  (...words: readonly Word[]): Word =>
  error => {
    for (const word of words) {
      const found = word(error)
      if (found !== undefined) return found
    }
    return undefined
  }

/** Refuses nothing by throwing. */
export const never: Word = () => undefined

/** A folder for files that a parser reads: in memory where the system has such a place. */
export const scratch = (): string => mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'selvage-fuzz-'))
