import type { Command } from 'commander'
import { askParts } from '../dev/control-socket.ts'
import { partsSocket } from '../dev/parts-socket.ts'
import { recordDevice } from '../device-management.ts'
import { CommandError } from '../exit.ts'
import { type Answer, askGate, type Problem, streamAnswer } from '../gate-client.ts'
import { demoCaller } from '../identity.ts'
import { colour, print, printJson } from '../output.ts'
import { type DevState, gateOf, readDevState, stateDir } from '../state.ts'
import { plain } from '../text.ts'
import { type ExpectedStep, readExpected } from '../tour/expected.ts'
import { differences, type Said } from '../tour/steps.ts'
import { copyLog, tamperings, verdict } from '../tour/tamper.ts'

export function tourCommand(program: Command): void {
  program
    .command('tour')
    .description('walk through the example mesh and assert each step')
    .option('--state <dir>', 'state folder of the running mesh')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  npm start            (in one terminal)\n  npx selvage tour     (in another)')
    .action(async (options: { state?: string; json?: boolean }) => {
      const dir = stateDir(options.state)
      const tour = new Tour(readDevState(dir), dir, options.json === true)
      await tour.walk()
      if (options.json === true) printJson({ ok: tour.failed === 0, steps: tour.told })
      if (tour.failed > 0)
        throw new CommandError('refused', `${tour.failed} of ${tour.told.length} steps did not give what was due`, { json: {} })
    })
}

const later = [
  '10b the clock moves past the bundle’s age (the mesh)',
  '…   groups of at least five people, differential privacy, derived products, contract changes, SLOs, forgetting a person',
]

class Tour {
  readonly told: { step: string; what: string; ok: boolean; detail: string }[] = []
  readonly #state: DevState
  readonly #dir: string
  readonly #quiet: boolean

  constructor(state: DevState, dir: string, quiet: boolean) {
    this.#state = state
    this.#dir = dir
    this.#quiet = quiet
  }

  get failed(): number {
    return this.told.filter(({ ok }) => !ok).length
  }

  async walk(): Promise<void> {
    const expected = readExpected(this.#state.tree, this.#state.data)
    for (const step of ['1', '2', '3', '4', '5', '5b', '6', '7']) await this.#asked(step, expected[step]!)
    await this.#stranger(expected['2']!)
    await this.#unmanaged(expected['1']!)
    await this.#withoutCentre(expected['1']!)
    await this.#tampered()
    if (!this.#quiet) print(colour.dim(`\nLater, as their parts arrive:\n  ${later.join('\n  ')}`))
  }

  #tell(step: string, what: string, problems: readonly string[], detail: string): void {
    const ok = problems.length === 0
    this.told.push({ step, what, ok, detail: ok ? detail : problems.join('; ') })
    if (this.#quiet) return
    print(`${ok ? colour.green('✓') : colour.red('✗')} ${step.padEnd(3)} ${plain(what)}`)
    print(colour.dim(`      ${plain(ok ? detail : problems.join('; '))}`))
  }

  async #asked(step: string, expected: ExpectedStep): Promise<void> {
    const said = await this.#ask(expected)
    const who = expected.for === undefined ? expected.as : `${expected.as} for ${expected.for}`
    this.#tell(step, `${who}, ${expected.purpose}: ${expected.sql}`, differences(expected, said), summary(said))
  }

  /** Another issuer's analyst is told the same bytes for a product that exists and for one that does not. */
  async #stranger(known: ExpectedStep): Promise<void> {
    const as = 'analyst@partner'
    const hidden = await this.#ask({ ...known, as })
    const missing = await this.#ask({ ...known, as, sql: known.sql.replace('sales.crm.customer', 'sales.crm.nosuchtb') })
    const problems = hidden.ok
      ? ['rows where a refusal was due']
      : missing.ok || bytes(hidden.text) !== bytes(missing.text)
        ? ['hidden and missing are told apart']
        : []
    this.#tell('8', `${as} asks what the analyst asked in step 2`, problems, summary(hidden))
  }

  /** The laptop turns unmanaged while rows are on their way; asked again, what is personal is gone. */
  async #unmanaged(known: ExpectedStep): Promise<void> {
    const caller = await demoCaller(this.#dir, known.as)
    const answer = await streamAnswer({
      gate: gateOf(this.#state, known.sql).http,
      path: '/v1/sql',
      caller,
      body: { sql: endless, purpose: known.purpose },
    })
    const rows = answer.rows[Symbol.asyncIterator]()
    await rows.next()
    const since = performance.now()
    await recordDevice(this.#dir, caller.key.thumbprint, false, Date.now())
    try {
      const ended = await untilEnd(rows)
      const ms = Math.round(performance.now() - since)
      const problems = ended.includes('engine.cancelled')
        ? ms > 1_500
          ? [`it ended only after ${ms} ms`]
          : []
        : [`it ended otherwise: ${ended}`]
      this.#tell(
        '9',
        `${known.as} reads on and on; the laptop turns unmanaged`,
        problems,
        `the running query ended after ${ms} ms: engine.cancelled`,
      )
      const said = await this.#ask(known)
      this.#tell('9', `${known.as} asks step 1 again, from the unmanaged laptop`, personalGone(said), summary(said))
    } finally {
      await recordDevice(this.#dir, caller.key.thumbprint, true, Date.now())
    }
  }

  async #withoutCentre(known: ExpectedStep): Promise<void> {
    const socket = partsSocket(this.#dir)
    await askParts(socket, 'stop', 'control')
    try {
      const down = await fetch(`${this.#state.control}/livez`).then(
        () => false,
        () => true,
      )
      const said = await this.#ask(known)
      this.#tell(
        '10',
        'the centre stops; step 1 again',
        [...(down ? [] : ['control still answers']), ...differences(known, said)],
        summary(said),
      )
    } finally {
      await askParts(socket, 'start', 'control')
    }
  }

  async #tampered(): Promise<void> {
    const { domain } = gateOf(this.#state, 'sales.')
    const log = this.#state.gates[domain]!.logs.audit
    const key = this.#state.verifierKeys.find(candidate => candidate.startsWith(`${this.#state.mesh}/${domain}/`))!
    // Checkpoints are published within 200 ms of the entries that they cover.
    await new Promise(resolve => setTimeout(resolve, 600))
    const honest = copyLog(log)
    const whole = await verdict(honest.dir, key)
    this.#tell('11', `the audit log of ${domain} verifies, without the mesh`, whole.ok ? [] : [whole.what], whole.what)
    honest.remove()
    for (const { what, change } of tamperings) {
      const copy = copyLog(log)
      change(copy.dir)
      const found = await verdict(copy.dir, key)
      this.#tell('11', what, found.ok ? ['it was not noticed'] : [], found.what)
      copy.remove()
    }
  }

  async #ask({ as, for: person, purpose, sql }: ExpectedStep): Promise<Said> {
    const caller = await demoCaller(this.#dir, as, person)
    const { ok, text } = await askGate({ gate: gateOf(this.#state, sql).http, path: '/v1/sql', caller, body: { sql, purpose } })
    return ok ? { ok, answer: JSON.parse(text) as Answer } : { ok, problem: JSON.parse(text) as Problem, text }
  }
}

/** Billions of rows. */
const endless = 'SELECT c.customer_id, c.first_name, c.email FROM range(1000000000) r, sales.crm.customer c'

/** How rows that are read to their end came to it. */
async function untilEnd(rows: AsyncIterator<unknown>): Promise<string> {
  try {
    while ((await rows.next()).done !== true);
    return 'all rows came'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** The columns beside the id are NULL in every row. */
function personalGone(said: Said): readonly string[] {
  if (!said.ok) return [`refused with ${said.problem.code}`]
  const shown = said.answer.rows.filter(([, ...personal]) => personal.some(value => value !== null))
  return said.answer.rows.length === 0 || shown.length > 0
    ? [`${shown.length} of ${said.answer.rows.length} rows still show what is personal`]
    : []
}

/** `ref` is apart where two answers are said to be the same bytes (DESIGN section 12). */
const bytes = (text: string): string => text.replace(/"ref":"[0-9a-f]{16}"/, '"ref":""')

function summary(said: Said): string {
  if (!said.ok) return `${said.problem.code}: ${said.problem.detail}${(said.problem.rules ?? []).map(rule => ` [${rule.id}]`).join('')}`
  const { rows } = said.answer
  const first = rows[0] === undefined ? '' : `, first ${JSON.stringify(rows[0])}`
  return `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}${first}`
}
