import { existsSync, readFileSync } from 'node:fs'
import { LedgerError, parseVerifierKey, type VerifyReport, verifyCheckpoint, verifyLog } from '@selvage/ledger'
import { directoryReader, urlReader } from '@selvage/ledger/io'
import type { Command } from 'commander'
import { CommandError } from '../exit.ts'
import { colour, note, print, printJson } from '../output.ts'

export function auditCommand(program: Command): void {
  const audit = program.command('audit').description('the audit trail')
  audit
    .command('verify')
    .description('recompute a whole log and say whether it is what was signed; needs no mesh')
    .argument('<dir|url>', 'the log: a folder, or where it is served as tlog-tiles')
    .requiredOption('--key <vkey>', 'the verifier key of the log')
    .option('--remembered <file>', 'an older checkpoint that the log must extend')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  selvage audit verify .selvage/gates/sales/logs/audit/2026 --key "example/sales/a/audit/2026+…"')
    .action(async (place: string, options: { key: string; remembered?: string; json?: boolean }) => verify(place, options))
}

async function verify(place: string, options: { key: string; remembered?: string; json?: boolean }): Promise<void> {
  const isUrl = /^https?:\/\//.test(place)
  if (!isUrl && !existsSync(place)) throw new CommandError('usage', `there is no log at ${place}`)
  const key = parseKey(options.key)
  const remembered = options.remembered === undefined ? undefined : readRemembered(options.remembered, key)
  const live = process.stderr.isTTY === true && options.json !== true
  if (isUrl) await reach(place)
  const report = await orUnavailable(
    () =>
      verifyLog(isUrl ? urlReader(place) : directoryReader(place), {
        key,
        ...(remembered === undefined ? {} : { remembered }),
        ...(live ? { onProgress: progress() } : {}),
      }),
    live,
  )
  if (!report.ok) {
    const bad = report.firstBad
    throw new CommandError('refused', `this log is not what was signed: ${bad?.what ?? 'it does not verify'}`, { json: { ...report } })
  }
  if (options.json === true) printJson(report)
  else print(`${colour.green('verified')} ${report.size} entries, root ${report.root}`)
}

/** At most ten times a second, and at the end. */
function progress(): (done: number, total: number) => void {
  let next = 0
  return (done, total) => {
    const now = performance.now()
    if (now < next && done < total) return
    next = now + 100
    process.stderr.write(`\r  ${done} of ${total} entries`)
  }
}

/** What cannot be read says nothing of the log: it is neither verified nor bad. */
async function orUnavailable(work: () => Promise<VerifyReport>, live: boolean): Promise<VerifyReport> {
  try {
    return await work()
  } catch (cause) {
    if (!(cause instanceof LedgerError) || cause.code !== 'unreachable') throw cause
    throw new CommandError('unavailable', `the log cannot be read to its end: ${cause.message}`, {
      help: 'This says nothing of the log. Verify it again when all of it can be read.',
      cause,
    })
  } finally {
    if (live) note('')
  }
}

/** A log that nobody serves is no bad log. */
async function reach(url: string): Promise<void> {
  const response = await fetch(`${url.replace(/\/$/, '')}/checkpoint`, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined)
  await response?.body?.cancel()
  if (response?.ok !== true)
    throw new CommandError('unavailable', `no checkpoint is served at ${url}`, { help: 'A gate serves its log at /log/audit.' })
}

function readRemembered(file: string, key: ReturnType<typeof parseVerifierKey>): ReturnType<typeof verifyCheckpoint> {
  if (!existsSync(file)) throw new CommandError('usage', `there is no checkpoint at ${file}`)
  try {
    return verifyCheckpoint(readFileSync(file, 'utf8'), key)
  } catch (cause) {
    throw new CommandError('refused', 'the remembered checkpoint is not signed by this key', { cause })
  }
}

function parseKey(text: string): ReturnType<typeof parseVerifierKey> {
  try {
    return parseVerifierKey(text)
  } catch (cause) {
    throw new CommandError('usage', 'the key is not a verifier key', {
      help: 'It reads name+hash+base64; dev.json lists them under verifierKeys.',
      cause,
    })
  }
}
