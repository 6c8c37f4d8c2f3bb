import { parentPort, workerData } from 'node:worker_threads'
import { parseDirectory } from '@selvage/kernel/contract'
import type { FromParseThread, ParseThreadData } from './parse.ts'

/** One job, one answer: thousands of logins take seconds to read, in which statements are to be answered. */
const { texts, mesh } = workerData as ParseThreadData
const { directory, findings, elsewhere } = parseDirectory(
  texts.map(text => ({ path: 'directory.yaml', text })),
  mesh,
  { ofDomain: true },
)
parentPort!.postMessage({ directory, elsewhere, findings: findings.slice(0, 20) } satisfies FromParseThread)
