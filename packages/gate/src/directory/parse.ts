import { Worker } from 'node:worker_threads'
import type { Directory, Mesh } from '@selvage/kernel/contract'
import type { Finding } from '@selvage/kernel/model'
import { Unsound } from './read-text.ts'

export interface ParseThreadData {
  readonly texts: readonly string[]
  readonly mesh: Mesh
}

export interface FromParseThread {
  readonly directory: Directory
  /** Logins of issuers that this domain does not trust. */
  readonly elsewhere: number
  /** The first of them. */
  readonly findings: readonly Finding[]
}

/** Milliseconds, and MiB of heap. */
const bounds = { within: 60_000, heap: 384 }

/** In a thread of its own, whose end is the end of whatever a text makes it take. Rejects where it comes to no answer. */
export function parseApart(texts: readonly string[], whole: Mesh): Promise<FromParseThread> {
  // Threads run what `tsc -b` built, also when the sources themselves are run.
  const built = import.meta.url.endsWith('.ts') ? '../../dist/directory/parse-thread.js' : './parse-thread.js'
  // A mesh may be large, and what it says beside issuers and attributes is not looked at.
  const domains = whole.domains.map(domain => ({ ...domain, products: [], policies: [] }))
  const mesh: Mesh = { ...whole, guardrails: [], domains, taxonomy: { ...whole.taxonomy, semanticTypes: new Map() } }
  const worker = new Worker(new URL(built, import.meta.url), {
    workerData: { texts, mesh } satisfies ParseThreadData,
    resourceLimits: { maxOldGenerationSizeMb: bounds.heap },
    name: 'selvage-directory',
    execArgv: [],
    env: {},
  })
  return new Promise<FromParseThread>((resolve, reject) => {
    const patience = setTimeout(() => reject(new Unsound('the directory was not read in time')), bounds.within)
    worker
      .once('message', resolve)
      .once('error', reject)
      .once('exit', () => {
        clearTimeout(patience)
        reject(new Unsound('the thread that reads directories ended'))
      })
  }).finally(() => worker.terminate())
}
