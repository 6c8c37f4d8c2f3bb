import { createHash } from 'node:crypto'
import type { Directory, Mesh } from '@selvage/kernel/contract'
import { type Finding, SelvageError } from '@selvage/kernel/model'
import type { Log } from '../ports.ts'
import { parseApart } from './parse.ts'
import { readTexts, Unsound } from './read-text.ts'

export interface KnownDirectory extends Directory {
  /** Logins of issuers that this domain does not trust: they see nothing here. */
  readonly elsewhere: number
  /** Hex SHA-256 over the digests of its texts: which one an answer is of. */
  readonly digest: string
}

/** The files that the operator names, which say who is there. They inform, and no statement is decided by them. */
export interface Directories {
  /** As they stand now, by the words of this mesh. Throws `directory.unavailable`: a part of them is no answer. */
  read(mesh: Mesh): Promise<KnownDirectory>
  /** One after the other: each takes seconds where thousands are there. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
}

export function openDirectories(paths: readonly string[], log: Log): Directories {
  let known: { readonly mesh: Mesh; readonly directory: KnownDirectory } | undefined
  const reading = turns()
  return {
    inTurn: turns(),
    // One thread at a time, however many ask: each may take its bound of memory.
    read: mesh => reading(() => readNow(mesh)),
  }

  async function readNow(mesh: Mesh): Promise<KnownDirectory> {
    try {
      if (paths.length === 0) throw new Unsound('none is configured')
      const texts = await readTexts(paths)
      const digest = digestOf(texts)
      if (known?.mesh === mesh && known.directory.digest === digest) return known.directory
      const { directory, findings, elsewhere } = await parseApart(texts, mesh)
      refuse(findings)
      known = { mesh, directory: { ...directory, elsewhere, digest } }
      return known.directory
    } catch (cause) {
      known = undefined
      log('directory.unavailable', { cause: causeOf(cause) })
      throw new SelvageError('directory.unavailable')
    }
  }
}

function turns(): Directories['inTurn'] {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const next = last.then(work)
    last = next.catch(() => undefined)
    return next
  }
}

function digestOf(texts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(createHash('sha256').update(text).digest())
  return hash.digest('hex')
}

/** By code and place: what is found quotes logins and attributes, which are nothing for a log. */
function refuse(findings: readonly Finding[]): void {
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Unsound(errors.map(({ code, line, column }) => `${code} at ${line}:${column}`).join('; '))
}

/** Of what is not our own its kind: its words hold paths, or what was read. */
function causeOf(cause: unknown): string {
  if (cause instanceof Unsound) return cause.message
  if (!(cause instanceof Error)) return 'unknown'
  return (cause as NodeJS.ErrnoException).code ?? cause.name
}
