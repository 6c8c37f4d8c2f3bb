import { hasCheckDigit } from '../check-digit.ts'
import { type Rule, type RuleCheck, rulesOf } from '../rule.ts'
import { textLiteral } from '../sql-text.ts'
import type { DataProblem, RuleFinding, TableJob } from '../wire.ts'
import { DataError } from './data-error.ts'
import type { Session } from './session.ts'
import { appendTexts, streamTexts, type TextBatch } from './texts.ts'
import { describeFailure, fails, verdictOn } from './verdict.ts'

export interface Checked {
  readonly rows: number
  readonly quarantined: number
  readonly findings: readonly RuleFinding[]
}

interface Check {
  readonly rule: Rule
  /** SQL that is true for a failing row of `raw`. */
  readonly fails: string
}

/**
 * Runs the rules over `raw` and leaves the table `bad (row, reason)`, the rows to quarantine, one for each reason.
 * Rows are checked alone first; uniqueness is then about the rows that passed, and the number of rows about
 * those that are left. Throws DataError where a rule fails that taking out rows cannot mend.
 */
export async function checkTable(session: Session, job: TableJob, total: number): Promise<Checked> {
  const rules = rulesOf(job.table)
  await refusePatterns(session, job, rules)
  await session.run('CREATE TABLE bad (row BIGINT, reason VARCHAR)')
  const run = new CheckRun(session, job, total)
  await run.checkRows(rules)
  await run.checkGroups(rules)
  return run.checkTable(rules)
}

class CheckRun {
  readonly #session: Session
  readonly #job: TableJob
  readonly #total: number
  readonly #findings: RuleFinding[] = []
  readonly #problems: DataProblem[] = []

  constructor(session: Session, job: TableJob, total: number) {
    this.#session = session
    this.#job = job
    this.#total = total
  }

  async checkRows(rules: readonly Rule[]): Promise<void> {
    const checks = await rowChecks(this.#session, rules)
    const counts = await countRows(this.#session, checks)
    for (const [index, check] of checks.entries()) await this.#judge(check.rule, counts[index]!, this.#total, check.fails)
  }

  async checkGroups(rules: readonly Rule[]): Promise<void> {
    await this.#session.run('CREATE TABLE failed AS SELECT DISTINCT row FROM bad')
    const passed = this.#total - (await this.#count('count(*) FROM failed'))
    for (const rule of rules) {
      if (rule.check.by !== 'group') continue
      const condition = await findRepeated(this.#session, rule.check.values, passed < this.#total)
      await this.#judge(rule, await this.#count('count(*) FROM repeated'), passed, condition)
      await this.#session.run('DROP TABLE repeated')
    }
  }

  async checkTable(rules: readonly Rule[]): Promise<Checked> {
    const quarantined = await this.#count('count(DISTINCT row) FROM bad')
    const rows = this.#total - quarantined
    for (const rule of rules) if (rule.check.by === 'table') await this.#judge(rule, rows, rows, 'false')
    if (rows === 0 && this.#total > 0) this.#problems.push(nothingLeft(this.#job, this.#findings))
    if (this.#problems.length > 0) throw new DataError(this.#problems)
    return { rows, quarantined, findings: this.#findings }
  }

  async #judge(rule: Rule, rows: number, total: number, condition: string): Promise<void> {
    if (!fails(rule, rows, total)) return
    this.#findings.push({ rule: rule.name, severity: rule.severity, rows })
    const verdict = verdictOn(rule)
    if (verdict === 'refuse') this.#problems.push(refusal(this.#job, rule, rows, total))
    if (verdict === 'quarantine')
      await this.#session.run(`INSERT INTO bad SELECT rowid, ${textLiteral(rule.name)} FROM raw WHERE ${condition}`)
  }

  async #count(what: string): Promise<number> {
    return (await this.#session.row(`SELECT ${what}`))[0]!
  }
}

/** An empty table is not put in the place of a full one because of a mistake that every row shares. */
const nothingLeft = ({ shown }: TableJob, findings: readonly RuleFinding[]): DataProblem => ({
  file: shown,
  what: `no row passes; they fail ${findings.map(({ rule, rows }) => `\`${rule}\` (${rows})`).join(', ')}`,
  help: 'Mend the data, or change the contract.',
})

const refusal = (job: TableJob, rule: Rule, rows: number, total: number): DataProblem => ({
  file: job.shown,
  what: describeFailure(rule, rows, total),
  help: 'Mend the data, or change the rule in the contract.',
})

/** The contract's parser knows what RE2 surely cannot; the engine has the last word. */
async function refusePatterns(session: Session, job: TableJob, rules: readonly Rule[]): Promise<void> {
  const problems: DataProblem[] = []
  for (const { name, check } of rules) {
    if (check.by !== 'row' || check.pattern === undefined) continue
    const usable = await session.run(`SELECT regexp_matches('', ${textLiteral(check.pattern)})`).then(
      () => true,
      () => false,
    )
    if (!usable)
      problems.push({
        file: job.shown,
        what: `the pattern of the rule \`${name}\` is not one of RE2`,
        help: 'Write it without look-around and back references.',
      })
  }
  if (problems.length > 0) throw new DataError(problems)
}

async function rowChecks(session: Session, rules: readonly Rule[]): Promise<Check[]> {
  const checks: Check[] = []
  for (const rule of rules) {
    const { check } = rule
    if (check.by === 'row') checks.push({ rule, fails: check.fails })
    if (check.by === 'checkDigit') checks.push({ rule, fails: await findBadDigits(session, check, `digits${checks.length}`) })
  }
  return checks
}

async function countRows(session: Session, checks: readonly Check[]): Promise<readonly number[]> {
  if (checks.length === 0) return []
  return session.row(`SELECT ${checks.map(check => `count(*) FILTER (WHERE ${check.fails})`).join(', ')} FROM raw`)
}

/** The table `relation` of the values without a good check digit. */
async function findBadDigits(
  session: Session,
  { raw, scheme }: Extract<RuleCheck, { by: 'checkDigit' }>,
  relation: string,
): Promise<string> {
  async function* bad(): AsyncGenerator<TextBatch> {
    for await (const [texts] of streamTexts(session, { columns: [raw], from: 'raw', ordered: false })) {
      const failing = texts!.filter(text => text !== null && !hasCheckDigit[scheme](text))
      if (failing.length > 0) yield [failing]
    }
  }
  await session.run(`CREATE TABLE ${relation} (value VARCHAR)`)
  await appendTexts(session, relation, bad())
  return `${raw} IN (SELECT value FROM ${relation})`
}

/** The table `repeated` of rows that passed and whose values another such row has too. A row with a NULL repeats nothing. */
async function findRepeated(session: Session, values: readonly string[], someFailed: boolean): Promise<string> {
  const passed = someFailed ? 'raw ANTI JOIN failed ON raw.rowid = failed.row' : 'raw'
  const keys = values.map((value, index) => `(${value}) AS k${index}`).join(', ')
  const names = values.map((_, index) => `k${index}`)
  const present = names.map(name => `${name} IS NOT NULL`).join(' AND ')
  await session.run(`CREATE TABLE repeated AS
    WITH keyed AS (SELECT raw.rowid AS row, ${keys} FROM ${passed}),
    twice AS (SELECT ${names.join(', ')} FROM keyed WHERE ${present} GROUP BY ALL HAVING count(*) > 1)
    SELECT keyed.row FROM keyed SEMI JOIN twice USING (${names.join(', ')})`)
  return 'rowid IN (SELECT row FROM repeated)'
}
