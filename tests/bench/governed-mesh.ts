import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { BundleFile } from '@selvage/bundle'
import { SmallMesh } from '../conformance/gate/small-mesh.ts'
import { domainFiles } from '../conformance/gate/small-tree.ts'
import { labContract } from '../conformance/lab-contract.ts'

const column = (name: string, type: string): string => `      - { name: ${name}, logicalType: ${type}, classification: public }`
const email = `      - name: email
        logicalType: string
        classification: confidential
        tags: [pii]
        customProperties: [{ property: selvageSemanticType, value: email }]`
const table = (name: string, columns: readonly string[]): string => `  - name: ${name}\n    properties:\n${columns.join('\n')}`
const text = (name: string): string => column(name, 'string')
const number = (name: string): string => column(name, 'integer')

const line = table('line', [
  number('id'),
  number('account_id'),
  text('region'),
  email,
  text('phone'),
  text('kind'),
  number('rep'),
  column('price', 'number'),
])
const account = table('account', [number('account_id'), text('country'), text('segment'), email])

/** What `decisions` of `shapes.ts` say, as people write it. */
const rules = `@id("lab/all")
permit (principal in Mesh::Role::"analyst", action in Mesh::Action::"use", resource in Mesh::Domain::"lab");
@id("lab/europe")
forbid (principal, action == Mesh::Action::"read", resource is lab::sales::line) unless { resource has region && resource.region == "EU" };
@id("lab/near")
forbid (principal, action == Mesh::Action::"read", resource is lab::crm::account)
unless { resource has country && ["DE", "FR"].contains(resource.country) };
@id("lab/phones")
forbid (principal, action == Mesh::Action::"reveal", resource is lab::sales::line in Mesh::Column::"lab.sales.line.phone")
unless { resource has rep && resource.rep == 3 };
`

const files: readonly BundleFile[] = [
  domainFiles[0]!,
  { path: 'domains/lab/policies/access.cedar', text: rules },
  { path: 'domains/lab/products/sales/contract.odcs.yaml', text: labContract('sales', line) },
  { path: 'domains/lab/products/crm/contract.odcs.yaml', text: labContract('crm', account) },
]

/** A gate that holds the data of the shapes, published from files. @param maker holds them as `p_sales` and `p_crm` */
export async function openGovernedMesh(maker: DuckDBConnection): Promise<SmallMesh> {
  const mesh = await SmallMesh.open({ files })
  try {
    for (const [product, name] of [
      ['sales', 'line'],
      ['crm', 'account'],
    ] as const) {
      const folder = join(mesh.dir, 'data', product)
      mkdirSync(folder)
      await maker.run(`COPY (SELECT * EXCLUDE ("email~token") FROM p_${product}.main.${name}) TO '${join(folder, `${name}.csv`)}' (HEADER)`)
    }
    await mesh.startGate()
    const { status, body } = await mesh.putDomain(mesh.domainBundle())
    if (status !== 200) throw new Error(`the domain's rules are refused: ${JSON.stringify(body)}\n${mesh.output.slice(-2_000)}`)
    await mesh.becomes('ready')
    return mesh
  } catch (error) {
    await mesh.close()
    throw error
  }
}
