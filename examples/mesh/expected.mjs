// What the tour must see, computed from a data folder's CSV files by plain SQL. It imports nothing of Selvage, so that
// the two can disagree: `node expected.mjs sample|real DIR` writes expected.sample.json or expected.real.json.
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'

const step1 = 'SELECT customer_id, first_name, email FROM sales.crm.customer ORDER BY 1'
const step7 =
  "SELECT education, count(*) n, round(100.0 * avg(CASE WHEN salary_class = '>50K' THEN 1 ELSE 0 END), 1) " +
  'FROM census.people.adult GROUP BY 1 ORDER BY 2 DESC'

const [name, dir] = process.argv.slice(2)
if ((name !== 'sample' && name !== 'real') || dir === undefined) {
  process.stderr.write('usage: node expected.mjs sample|real DIR [FILE]\n')
  process.exit(64)
}

const connection = await (await DuckDBInstance.create(':memory:')).connect()
const rows = async sql => (await connection.runAndReadAll(sql)).getRowsJson()
const one = async sql => (await rows(sql))[0]

await loadAll()
const expected = { data: name, load: await load(), steps: await steps() }
const target = process.argv[4] ?? new URL(`expected.${name}.json`, import.meta.url)
writeFileSync(target, `${JSON.stringify(expected, null, 2)}\n`)

/** Everything as text, as it stands in the files; the queries cast what they need. */
async function loadAll() {
  const tables = {
    customer: 'sales',
    invoice: 'sales',
    invoice_line: 'sales',
    patients: 'health',
    encounters: 'health',
    conditions: 'health',
    organizations: 'health',
    adult: 'census',
  }
  for (const [table, folder] of Object.entries(tables)) {
    const file = join(dir, folder, `${table}.csv`).replaceAll("'", "''")
    await connection.run(
      `CREATE TABLE ${table} AS SELECT * FROM read_csv('${file}', all_varchar = true, header = true, delim = '${table === 'adult' ? ';' : ','}', quote = '"', escape = '"')`,
    )
  }
  await connection.run('CREATE TABLE spoilt (code VARCHAR)')
  for (const [code] of await rows('SELECT DISTINCT "CODE" FROM conditions')) {
    if (!passesVerhoeff(code)) await connection.run(`INSERT INTO spoilt VALUES ('${code.replaceAll("'", "''")}')`)
  }
}

/** Rows in the files, rows kept back (SNOMED check digit), rows counted by a rule of severity warning (ZIP). */
async function load() {
  const count = async (table, where = 'TRUE') => Number((await one(`SELECT count(*) FROM ${table} WHERE ${where}`))[0])
  const out = {}
  for (const [id, table] of [
    ['sales.crm.customer', 'customer'],
    ['sales.orders.invoice', 'invoice'],
    ['sales.orders.invoice_line', 'invoice_line'],
    ['health.care.patients', 'patients'],
    ['health.care.encounters', 'encounters'],
    ['health.care.conditions', 'conditions'],
    ['health.care.organizations', 'organizations'],
    ['census.people.adult', 'adult'],
  ]) {
    const quarantined = table === 'conditions' ? await count(table, '"CODE" IN (FROM spoilt)') : 0
    const counted = table === 'organizations' ? await count(table, `NOT regexp_full_match("ZIP", '[0-9]{5}(-[0-9]{4})?')`) : 0
    const total = await count(table)
    out[id] = { rows: total, published: total - quarantined, quarantined, counted }
  }
  return out
}

/** Values as the door writes them: 64-bit integers are strings. */
async function steps() {
  const own = await rows('SELECT customer_id::BIGINT, first_name, email FROM customer WHERE support_rep_id::BIGINT = 3 ORDER BY 1')
  const all = await rows('SELECT customer_id::BIGINT, first_name, email FROM customer ORDER BY 1')
  const ids = list => list.map(([id]) => id)
  return {
    1: { as: 'rep', purpose: 'service-provision', sql: step1, ids: ids(own), first: own[0], digest: digestOf(own) },
    2: { as: 'analyst', purpose: 'analytics', sql: step1, ids: ids(all), tokens: tokensOf(all) },
    3: { as: 'copilot', for: 'rep', purpose: 'analytics', sql: step1, ids: ids(own), tokens: tokensOf(own) },
    4: {
      as: 'analyst',
      purpose: 'analytics',
      sql: 'SELECT count(*) FROM health.care.conditions',
      code: 'policy.denied',
      rule: 'central/phi-training',
    },
    5: {
      as: 'clinician',
      purpose: 'service-provision',
      sql: 'SELECT count(*), count(DISTINCT patient) FROM health.care.encounters',
      rows: await rows(
        `SELECT count(*), count(DISTINCT "PATIENT") FROM encounters WHERE "PROVIDER" = 'ed8b41e9-5365-3a49-ad5f-91bd8a8f174f'`,
      ),
    },
    '5b': {
      as: 'clinician',
      purpose: 'service-provision',
      sql: 'SELECT id, first, ssn FROM health.care.patients ORDER BY 1',
      ...clear(
        await rows(
          `SELECT "Id", "FIRST", "SSN" FROM patients WHERE "Id" IN (SELECT "PATIENT" FROM encounters WHERE "PROVIDER" = 'ed8b41e9-5365-3a49-ad5f-91bd8a8f174f') ORDER BY 1`,
        ),
      ),
    },
    6: {
      as: 'researcher',
      purpose: 'research',
      sql: 'SELECT count(*) FROM health.care.conditions',
      rows: await rows(`SELECT count(*) FROM conditions WHERE "CODE" <> '706893006' AND "CODE" NOT IN (FROM spoilt)`),
    },
    7: {
      as: 'analyst',
      purpose: 'analytics',
      sql: step7,
      rows: await rows(
        `SELECT education, count(*), round(100.0 * avg(CASE WHEN "salary-class" = '>50K' THEN 1 ELSE 0 END), 1) FROM adult GROUP BY 1 ORDER BY 2 DESC`,
      ),
    },
  }
}

function clear(list) {
  return { ids: list.map(([id]) => id), digest: digestOf(list) }
}

/** Stands for rows in a fixed order, so that no row of the data is in this repository. */
function digestOf(list) {
  return createHash('sha256').update(JSON.stringify(list)).digest('hex')
}

/** How many different values a masked column has: as many different tokens must be seen, and none of the values. */
function tokensOf(list) {
  return { first_name: new Set(list.map(row => row[1])).size, email: new Set(list.map(row => row[2])).size }
}

/** The check digit of SNOMED CT identifiers (Verhoeff 1969): multiplication in the dihedral group D5. */
function passesVerhoeff(code) {
  const product = (a, b) => (a < 5 ? (b < 5 ? (a + b) % 5 : ((a + b) % 5) + 5) : b < 5 ? ((a - b + 5) % 5) + 5 : (a - b + 10) % 5)
  const shift = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
  const sum = [...code].reverse().reduce((total, digit, position) => {
    let value = Number(digit)
    for (let round = 0; round < position % 8; round += 1) value = shift[value]
    return product(total, value)
  }, 0)
  return /^[0-9]{6,18}$/.test(code) && sum === 0
}
