import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { FromChild, Job } from '../wire.ts'
import { DataError } from './data-error.ts'
import { loadProduct } from './load-product.ts'
import { scratchDir } from './session.ts'

/**
 * Entry of the loading child. Its environment is empty, and what it knows it was told on stdin, whose end means that
 * the gate is gone.
 */
function main(): void {
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })
  lines.once('line', line => void load(JSON.parse(line) as Job))
  lines.once('close', () => process.exit(1))
}

async function load(job: Job): Promise<void> {
  const say = throttled(message => process.stdout.write(`${JSON.stringify(message)}\n`))
  const last = await loadProduct(job, say).then(
    ({ tables, files }): FromChild => ({ kind: 'done', tables, files }),
    (error: unknown): FromChild => (error instanceof DataError ? refused(error) : { kind: 'failed', what: kindOf(error) }),
  )
  rmSync(scratchDir(job), { recursive: true, force: true })
  process.stdout.write(`${JSON.stringify(last)}\n`, () => process.exit(0))
}

const maxProblems = 100
const refused = ({ problems }: DataError): FromChild => ({
  kind: 'refused',
  problems: problems.slice(0, maxProblems),
  more: Math.max(0, problems.length - maxProblems),
})

/** The engine's texts quote values: only what stands before the first colon, such as `Out of Memory Error`, and a system error's code. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { code } = error as NodeJS.ErrnoException
  return code ?? `${error.name}: ${error.message.split(':', 1)[0]!.slice(0, 100)}`
}

/** Progress at most every tenth of a second, but for a change of stage or table. */
function throttled(write: (message: FromChild) => void): (message: FromChild) => void {
  let last = ''
  let next = 0
  return message => {
    if (message.kind !== 'progress') return write(message)
    const place = `${message.table} ${message.stage}`
    const now = performance.now()
    if (place === last && now < next) return
    last = place
    next = now + 100
    write(message)
  }
}

main()
