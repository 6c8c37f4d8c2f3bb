import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Mesh, parseMesh } from '@selvage/kernel/contract'
import { afterAll, describe, expect, it } from 'vitest'
import { quarantineOf, rowsOf, Workplace } from '../../test/publish/fixture.ts'
import type { Manifest } from './index.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const dataDir = join(root, '../shared/data')
const place = new Workplace()
afterAll(() => place.close())

function readMesh(): Mesh {
  const dir = join(root, 'examples/mesh')
  const paths = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter(
    path => /\.(?:yaml|cedar)$/.test(path) && statSync(join(dir, path)).isFile(),
  )
  const { mesh, findings } = parseMesh(paths.map(path => ({ path, text: readFileSync(join(dir, path), 'utf8') })))
  if (mesh === undefined) throw new Error(JSON.stringify(findings))
  return mesh
}

// The values of the demo, which were computed from the files by hand-written SQL.
describe.skipIf(!existsSync(dataDir))('the example mesh on the real data', () => {
  async function publish(id: string): Promise<Manifest> {
    const mesh = readMesh()
    const product = mesh.domains.flatMap(domain => domain.products).find(candidate => candidate.id === id)!
    return place.publish(product, { taxonomy: mesh.taxonomy, dataDir })
  }
  const counts = (manifest: Manifest): unknown =>
    Object.fromEntries(manifest.tables.map(({ table, rows, quarantined }) => [table, quarantined === 0 ? rows : [rows, quarantined]]))
  const findings = (manifest: Manifest, name: string): unknown => manifest.tables.find(({ table }) => table === name)!.findings

  it('sales.crm', async () => {
    const manifest = await publish('sales.crm')
    expect(counts(manifest)).toEqual({ customer: 59 })
    expect(
      await rowsOf(manifest.file, 'SELECT customer_id, first_name, email FROM customer WHERE support_rep_id = 3 ORDER BY 1 LIMIT 1'),
    ).toEqual([['1', 'Luís', 'luisg@embraer.com.br']])
    expect(await rowsOf(manifest.file, 'SELECT count(*) FROM customer WHERE email IS NULL OR "email~token" NOT LIKE \'tok_%\'')).toEqual([
      ['0'],
    ])
  })

  it('sales.orders', async () => {
    expect(counts(await publish('sales.orders'))).toEqual({ invoice: 412, invoice_line: 2240 })
  })

  it('health.care', async () => {
    const manifest = await publish('health.care')
    expect(counts(manifest)).toEqual({ patients: 27, encounters: 604, conditions: [434, 4], organizations: 63 })
    expect(findings(manifest, 'conditions')).toEqual([{ rule: 'code_check_digit', severity: 'error', rows: 4 }])
    expect(findings(manifest, 'organizations')).toEqual([{ rule: 'zip_is_whole', severity: 'warning', rows: 12 }])
    expect(await rowsOf(manifest.file, "SELECT count(*) FROM conditions WHERE code <> '706893006'")).toEqual([['423']])
    expect(
      await rowsOf(
        manifest.file,
        'SELECT count(*)::INTEGER, sum(len("providers~set"))::INTEGER, (SELECT count(DISTINCT (patient, provider))::INTEGER FROM encounters) FROM patients',
      ),
    ).toEqual([[27, 57, 57]])
    const kept = await rowsOf(quarantineOf(manifest), 'SELECT "~line", code, "~reasons" FROM conditions')
    const lines = readFileSync(join(dataDir, 'health/conditions.csv'), 'utf8').split('\n')
    expect(kept).toHaveLength(4)
    for (const [line, code, reasons] of kept) {
      expect(reasons).toEqual(['code_check_digit'])
      expect(code).toMatch(/104$/)
      expect(lines[Number(line) - 1]).toContain(`,${code as string},`)
    }
  })

  it('census.people', async () => {
    const manifest = await publish('census.people')
    expect(counts(manifest)).toEqual({ adult: 30_162 })
    expect(
      await rowsOf(
        manifest.file,
        "SELECT education, count(*)::INTEGER, round(100.0 * avg(CASE WHEN salary_class = '>50K' THEN 1 ELSE 0 END), 1) FROM adult GROUP BY 1 ORDER BY 2 DESC LIMIT 1",
      ),
    ).toEqual([['HS-grad', 9840, 16.4]])
  })
})
