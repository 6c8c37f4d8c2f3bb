import type { Command } from 'commander'
import { CommandError } from '../exit.ts'
import type { Problem } from '../gate-client.ts'
import { tellUntold } from '../login/end.ts'
import { requireLogin } from '../login/kept.ts'
import { type Told, type Use, usePurpose } from '../login/sessions.ts'
import { note, print, printJson } from '../output.ts'
import { readDevState, stateDir } from '../state.ts'
import { formatTable } from '../table.ts'

interface Options {
  readonly for?: string
  readonly because?: string
  readonly state?: string
  readonly json?: boolean
}

export function purposeCommand(program: Command): void {
  program
    .command('purpose')
    .description('what you work for, until you say otherwise')
    .command('use')
    .description('open a session for a purpose at each gate that lets you declare it')
    .argument('<purpose>', 'such as analytics')
    .option('--for <time>', 'at most, such as 8h or 30m; a gate may allow less', '8h')
    .option('--because <reason>', 'why, in words for whoever reads the audit')
    .option('--state <dir>', 'state folder of the running mesh')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  selvage purpose use analytics --for 8h --because "quarterly figures"')
    .action(async (purpose: string, options: Options) => {
      const time = timeOf(options.for)
      const dir = stateDir(options.state)
      const { gates } = readDevState(dir)
      requireLogin(dir)
      const { told, untold } = await usePurpose(dir, gates, useFrom(Date.now(), purpose, time, options.because))
      tellUntold({ gates: untold, issuer: false }, note)
      if (told.every(({ refused }) => refused !== undefined))
        throw told[0]?.refused ?? new CommandError('unavailable', 'this mesh has no gate')
      if (options.json !== true) return tellSessions(purpose, told)
      printJson({
        purpose,
        untold,
        gates: told.map(({ domain, expires, refused }) => ({
          domain,
          ...(expires === undefined ? { error: refused?.json } : { expires }),
        })),
      })
    })
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 }
const maxHours = 24

/** In milliseconds. Throws a usage error where it is no time. */
export function timeOf(text = '8h'): number {
  const [, count, unit] = /^([1-9]\d{0,4})([smh])$/.exec(text) ?? []
  const time = Number(count) * (units[unit ?? ''] ?? Number.NaN)
  if (time <= maxHours * 3_600_000) return time
  throw new CommandError('usage', '--for is a time of at most 24h, such as 8h, 30m or 90s')
}

/** @param now milliseconds since 1970 */
export const useFrom = (now: number, purpose: string, time: number, reason: string | undefined): Use => ({
  purpose,
  until: now + time,
  ...(reason === undefined ? {} : { reason }),
})

export function tellSessions(purpose: string, told: readonly Told[]): void {
  const rows = told.map(({ domain, expires, refused }) => [
    domain,
    purpose,
    expires ?? '',
    (refused?.json as Problem | undefined)?.code ?? refused?.message ?? '',
  ])
  print(formatTable(['gate', 'purpose', 'until', 'refused'], rows))
}
