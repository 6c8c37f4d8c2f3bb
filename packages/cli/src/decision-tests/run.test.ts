import { join } from 'node:path'
import type { Name } from '@selvage/kernel/model'
import { type Expr, tellCondition } from '@selvage/kernel/policy'
import { describe, expect, it } from 'vitest'
import { checkAll } from '../check-all.ts'
import { formatFinding } from '../finding.ts'
import { readTree } from '../tree.ts'

const example = readTree(join(import.meta.dirname, '..', '..', '..', '..', 'examples', 'mesh'))
const path = 'domains/sales/policies/access.test.yaml'
const who = `who:
  rep: { roles: [sales-rep], attributes: { employee_id: 3 } }
  analyst: { roles: [analyst] }
  copilot: { kind: Agent, roles: [analyst] }
`

/** What is told of one decision table beside the example's texts, which have no errors. */
async function told(tests: string, head = who, rules = '') {
  const own = { path: 'domains/sales/policies/more.cedar', text: rules }
  const files = [...example.filter(file => !file.path.endsWith('.test.yaml')), { path, text: `${head}tests:\n${tests}` }, own]
  const { findings } = await checkAll(files)
  return findings.filter(one => one.severity === 'error')
}
const test = (rest: string) => `  - { test: t, ${rest} }\n`
const own = 'who: rep, purpose: service-provision, table: sales.crm.customer'

describe('a decision table', () => {
  it('that is so tells nothing', async () => {
    expect(await told(test(`${own}, rows: support_rep_id   = 3, columns: { email: clear }, rules: [sales/own-customers]`))).toEqual([])
  })

  it('that is not so tells what is, where, and by which rules', async () => {
    const [finding, ...more] = await told(
      test(
        'who: analyst, purpose: analytics, table: sales.crm.customer, rows: "country = \'US\'", columns: { email: clear, country: clear }, rules: [sales/analysts]',
      ),
    )
    expect(more).toEqual([])
    expect(formatFinding(finding!)).toBe(`${path}:6:5: error: t: it is not so [test.failed]
    - rows: country = 'US'
    + rows: all, by sales/analysts
    - email: clear
    + email: token, by central/pii, sales/analysts
    - rules: sales/analysts
    + rules: central/pii, sales/analysts
    Where the new answer is what you want, write it into the test; else correct the rule.`)
  })

  it.each([
    ['rows, where there are none', `${own.replace('service-provision', 'research')}, rows: all`, 'purpose.not_permitted'],
    ['a code, where there is an answer', `${own}, code: policy.denied`, 'answered, by sales/own-customers'],
    ['another code', `${own.replace('crm.customer', 'crm.customers')}, code: policy.denied`, 'query.unknown_table'],
    ['a purpose that is none', `${own.replace('service-provision', 'fun')}, code: policy.denied`, 'purpose.unknown'],
    ['an agent alone', 'who: copilot, purpose: analytics, table: sales.crm.customer, rows: all', 'identity.agent_alone'],
  ])('expects %s', async (_, row, got) => {
    expect(await told(test(row))).toMatchObject([{ code: 'test.failed', line: 6, differences: [{ what: 'outcome', got }] }])
  })

  it('asks through an agent as such requests come: nothing is proven of the person’s device', async () => {
    const through = 'who: rep, agents: [copilot], purpose: analytics, table: sales.crm.customer'
    const rule = (condition: string) => `@id("sales/proven")
@reason("customers are for proven keys")
forbid (principal, action == Mesh::Action::"read", resource in Mesh::Product::"sales.crm") when { ${condition} };`
    const bearer = rule('context.proof == "bearer"')
    const alone = through.replace(', agents: [copilot]', '').replace('analytics', 'service-provision')
    expect(await told(test(`${through}, code: policy.denied, rules: [sales/proven]`), who, bearer)).toEqual([])
    expect(await told(test(`${alone}, rows: support_rep_id = 3`), who, bearer)).toEqual([])
    const asserted = rule('!(context has device && context.device.method == "asserted")')
    expect(await told(test(`${through}, rows: support_rep_id = 3`), who, asserted)).toEqual([])
    expect(await told(test(`${through}, device: unknown, code: policy.denied`), who, asserted)).toEqual([])
    expect(await told(test(`${alone}, code: policy.denied`), who, asserted)).toEqual([])
  })

  it('asks what a statement touches, with the gate’s own parser', async () => {
    const ask = (sql: string, rest: string) => test(`who: analyst, purpose: analytics, query: "${sql}", ${rest}`)
    const told_ = await told(
      ask('SELECT country FROM sales.crm.customer', 'rows: all, columns: { country: clear }, rules: [sales/analysts]') +
        ask('SELECT email FROM sales.crm.customer', 'columns: { email: token }, rules: [central/pii, sales/analysts]') +
        ask('SELECT 1 FROM', 'code: query.syntax') +
        ask('DELETE FROM sales.crm.customer', 'code: query.unsupported') +
        ask('SELECT 1 FROM sales.crm.customer, census.people.adult', 'code: query.unknown_table') +
        ask('SELECT email FROM sales.crm.customer', 'columns: { country: clear }'),
    )
    expect(told_).toMatchObject([{ line: 11, differences: [{ what: 'country', expected: 'clear', got: 'not asked for' }] }])
  })

  it('is refused what a gate’s binder refuses over what the asker may discover', async () => {
    const ask = (sql: string, rest: string) => test(`who: analyst, purpose: analytics, query: "${sql}", ${rest}`)
    const from = 'FROM sales.crm.customer'
    const told_ = await told(
      ask(`SELECT nope_nope ${from}`, 'code: query.unknown_column') +
        ask(`SELECT country + 1 ${from}`, 'code: query.type') +
        ask(`SELECT nope_nope(country) ${from}`, 'code: query.unsupported') +
        ask(`SELECT country ${from} WHERE country = $1`, 'code: query.parameters') +
        ask(`SELECT c.country ${from} c WHERE c.support_rep_id > 2 ORDER BY 1`, 'rows: all') +
        ask('SELECT 1', 'rules: []') +
        test(`who: rep, purpose: analytics, query: "SELECT nope_nope ${from}", rows: support_rep_id = 3`) +
        ask(`SELECT nope_nope ${from}`, 'rows: all'),
    )
    const unknown = [{ what: 'outcome', got: 'query.unknown_column' }]
    expect(told_).toMatchObject([
      { line: 12, differences: unknown },
      { line: 13, differences: unknown },
    ])
  })

  it('binds over the columns that exist for whoever asks', async () => {
    const hidden = `@id("sales/no-country")
@reason("where customers live is not for analysts")
forbid (principal in Mesh::Role::"analyst", action in [Mesh::Action::"discover", Mesh::Action::"reveal"], resource in Mesh::Column::"sales.crm.customer.country");`
    const sql = 'query: "SELECT country FROM sales.crm.customer"'
    const told_ = await told(
      test(`who: analyst, purpose: analytics, ${sql}, code: query.unknown_column`) +
        test(`who: rep, purpose: analytics, ${sql}, columns: { country: clear }`),
      who,
      hidden,
    )
    expect(told_).toEqual([])
  })
})

describe('rows that a decision table gives', () => {
  const data = (...rows: string[]) => `data: [${rows.join(', ')}]`
  const three = data('{ support_rep_id: 3, country: Norway }', '{ support_rep_id: 4 }', '{ support_rep_id: 5, state: null }')
  const analyst = 'who: analyst, purpose: analytics, table: sales.crm.customer'

  it('are counted as the decision shows them', async () => {
    const told_ = await told(
      test(`${own}, ${three}, count: 1, rows: support_rep_id = 3`) +
        test(`${analyst}, ${three}, count: 3`) +
        test(`${own}, data: [], count: 0`) +
        test(`${own}, ${three}, count: 3`),
    )
    expect(told_).toMatchObject([
      { code: 'test.failed', line: 9, differences: [{ what: 'count', expected: '3', got: '1, by sales/own-customers' }] },
    ])
  })

  it('have the value of a column that is left out as NULL, and sets as they are given', async () => {
    const kept = `@id("sales/kept") @reason("x") @nulls("shown")
forbid (principal, action == Mesh::Action::"read", resource is sales::crm::customer) when { resource has state && resource.state != "Oslo" };`
    expect(
      await told(test(`${analyst}, ${data('{ state: Oslo }', '{ state: Chile }', '{}', '{ state: null }')}, count: 3`), who, kept),
    ).toEqual([])
    const doc = 'who: { doc: { roles: [clinician], attributes: { provider_id: p1, trainings: [hipaa] } } }\n'
    const patients = data('{ providers: [p1, p2] }', '{ providers: [p2] }', '{ providers: [] }', '{}')
    const asks = 'who: doc, purpose: service-provision, table: health.care.patients'
    expect(await told(test(`${asks}, ${patients}, count: 1`), doc)).toEqual([])
    expect(await told(test(`${asks}, ${data('{ providers: p1 }')}, count: 1`), doc)).toMatchObject([{ code: 'yaml.type' }])
  })

  it('have what is required, where rules look at it: of others they say nothing', async () => {
    expect(await told(test(`${own}, ${data('{ support_rep_id: 3 }', '{}')}, count: 1`))).toMatchObject([
      { differences: [{ got: 'none: each row of `data` needs support_rep_id, by sales/own-customers' }] },
    ])
  })

  it('of which none is to be shown, or all are', async () => {
    const nobody = 'who: { nobody: {} }\n'
    const denied = `@id("sales/shut") @reason("x") forbid (principal, action == Mesh::Action::"read", resource in Mesh::Domain::"sales");`
    expect(await told(test(`${own}, ${three}, count: 0`) + test(`${own}, rows: none`), who, denied)).toEqual([])
    expect(await told(test(`${own}, ${three}, count: 1`) + test(`${own}, ${three}, code: policy.denied`), who, denied)).toMatchObject([
      { code: 'test.incomplete', line: 7 },
    ])
    expect(await told(test(`${own}, ${three}, count: 1`), who, denied)).toMatchObject([
      { line: 6, differences: [{ what: 'outcome', expected: 'count: 1', got: 'policy.denied, by sales/shut' }] },
    ])
    // Refused whatever the rules say of the rows: no proof that they show none.
    const unknown = test(`${own.replace('rep', 'nobody')}, ${three}, count: 0`) + test(`${own.replace('rep', 'nobody')}, rows: none`)
    expect((await told(unknown, nobody)).map(({ differences }) => differences)).toMatchObject([
      [{ what: 'outcome', got: 'query.unknown_table' }],
      [{ what: 'outcome', got: 'query.unknown_table' }],
    ])
  })

  it.each([
    ['test.unsupported', `${own}, count: 1`, 'data'],
    ['test.incomplete', `${own}, ${three}, rows: support_rep_id = 3`, 'count'],
    ['test.incomplete', `${own}, ${three}, count: 0, code: policy.denied`, 'code'],
    ['test.unknown', `${own}, data: [{ contry: Norway }], count: 0`, 'contry'],
    ['test.unsupported', `${own.replace('table: sales.crm.customer', 'query: SELECT 1')}, data: [], count: 0`, 'query'],
    ['test.unsupported', `${own.replace('customer', 'customers')}, data: [], count: 0`, 'table'],
    ['test.unsupported', 'who: rep, purpose: service-provision, table: sales.orders.invoice, data: [{ total: 1 }], count: 0', 'DECIMAL'],
    ['test.too_many', `${own}, ${data(...Array<string>(101).fill('{}'))}, count: 0`, '100'],
    ['yaml.type', `${own}, data: [{ support_rep_id: "3" }], count: 0`, 'support_rep_id'],
    ['yaml.type', `${own}, data: [{ support_rep_id: 3.0 }], count: 0`, 'support_rep_id'],
    ['yaml.type', `${own}, data: [{ support_rep_id: 9223372036854775808 }], count: 0`, 'support_rep_id'],
    ['yaml.type', `${own}, data: [{ customer_id: null }], count: 0`, 'required'],
    ['yaml.type', `${own}, data: [{ country: 47 }], count: 0`, 'country'],
    ['yaml.type', `${own}, data: [3], count: 0`, 'data'],
    ['yaml.type', `${own}, data: [], count: many`, 'count'],
  ])('%s: %s', async (code, row, said) => {
    const findings = await told(test(row))
    expect(findings).toMatchObject([{ code, file: path, line: 6 }])
    expect(findings[0]!.what).toContain(said)
  })
})

describe('a login of a directory', () => {
  const rows = (who: string, table: string, purpose: string, rest: string) =>
    test(`who: ${who}, purpose: ${purpose}, table: ${table}, ${rest}`)

  it('is to each domain what that domain takes of its issuer', async () => {
    const table = 'sales.crm.customer'
    const told_ = await told(
      rows('sales-owner', 'health.care.patients', 'service-provision', 'code: query.unknown_table') +
        rows('researcher', 'health.care.patients', 'research', 'rules: []') +
        rows('partner-analyst', table, 'analytics', 'code: query.unknown_table') +
        rows('analyst@workforce', table, 'analytics', 'rows: all, rules: [sales/analysts]') +
        rows('rep', table, 'analytics', 'rows: support_rep_id = 3'),
      '',
    )
    expect(told_).toMatchObject([{ line: 3 }])
  })

  it('is none where a directory has several of it, or none', async () => {
    expect(await told(rows('nobody', 'sales.crm.customer', 'analytics', 'rows: all'), '')).toMatchObject([{ code: 'test.unknown' }])
  })
})

describe('what is no decision table', () => {
  it.each([
    ['test.unknown', `${own}, rows: all`.replace('who: rep', 'who: nobody'), 'nobody'],
    ['test.unknown', `${own}, agents: [nobody], rows: all`, 'nobody'],
    ['test.unknown', `${own}, columns: { emial: clear }`, 'emial'],
    ['test.unknown', `${own.replace('sales.crm', 'elsewhere.crm')}, rows: all`, 'elsewhere'],
    ['test.incomplete', own, ''],
    ['test.incomplete', `${own}, query: SELECT 1, rows: all`, ''],
    ['test.incomplete', `${own}, rows: all, code: policy.denied`, ''],
    ['test.unknown', `${own}, device: mine, rows: all`, 'mine'],
    ['test.unsupported', `${own}, agents: [copilot], device: attested, rows: all`, 'never attested'],
    ['test.unsupported', `${own}, agents: [copilot], device: managed, rows: all`, 'never managed'],
    ['yaml.unknown_key', `${own}, row: all, rules: []`, 'row'],
    ['yaml.missing_key', 'who: rep, table: sales.crm.customer, rows: all', 'purpose'],
  ])('%s: %s', async (code, row, said) => {
    const findings = await told(test(row))
    expect(findings).toMatchObject([{ code, file: path, line: 6 }])
    expect(findings[0]!.what).toContain(said)
  })

  it.each([
    ['test.unknown', 'who: { rep: { roles: [boss] } }'],
    ['test.unknown', 'who: { rep: { kind: Robot } }'],
    ['test.unknown', 'who: { rep: { attributes: { shoe: 3 } } }'],
    ['yaml.type', 'who: { rep: { attributes: { employee_id: three } } }'],
    ['yaml.type', 'who: { rep: { attributes: { trainings: hipaa } } }'],
    ['yaml.type', 'who: { rep: { attributes: { employee_id: 9007199254740993 } } }'],
    [
      'yaml.too_complex',
      `a: &a [x,x,x,x,x,x,x,x]\n${[...'bcdefgh'].map((name, i) => `${name}: &${name} [${Array(8).fill(`*${'abcdefg'[i]}`).join(',')}]\n`).join('')}who: {}`,
    ],
    ['yaml.too_complex', `who: ${'['.repeat(100)}${']'.repeat(100)}`],
  ])('%s', async (code, head) => {
    expect((await told(test(`${own}, rows: all`), `${head}\n`)).map(one => one.code)).toContain(code)
  })

  it('of more rows than a file may hold', async () => {
    expect(await told(test(`${own}, rows: support_rep_id = 3`).repeat(1_001))).toMatchObject([{ code: 'test.too_many' }])
  })
})

it('conditions are told with the brackets that they need, and texts as they are', () => {
  const is = (column: string, value: string): Expr => ({
    kind: 'compare',
    op: '==',
    left: { kind: 'column', column: column as Name },
    right: { kind: 'literal', value },
  })
  const both: Expr = {
    kind: 'and',
    of: [is('a', '(x)'), { kind: 'or', of: [is('b', "o'y"), { kind: 'not', of: { kind: 'has', column: 'c' as Name } }] }],
  }
  expect(tellCondition(both)).toBe("a = '(x)' AND (b = 'o''y' OR c IS NULL)")
  expect(tellCondition({ kind: 'not', of: both })).toBe("NOT (a = '(x)' AND (b = 'o''y' OR c IS NULL))")
  expect(tellCondition({ kind: 'or', of: [{ kind: 'and', of: [is('a', '1'), is('b', '2')] }, is('c', '3')] })).toBe(
    "a = '1' AND b = '2' OR c = '3'",
  )
})
