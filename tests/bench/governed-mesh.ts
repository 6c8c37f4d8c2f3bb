import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { BundleFile } from '@selvage/bundle'
import { tableParts } from '@selvage/kernel/model'
import type { BoundColumn, TableBinding } from '@selvage/kernel/query'
import { SmallMesh } from '../conformance/gate/small-mesh.ts'
import { domainFiles } from '../conformance/gate/small-tree.ts'
import { labContract } from '../conformance/lab-contract.ts'
import { bindings } from './shapes.ts'

const logicalTypes: Readonly<Record<string, string>> = { BIGINT: 'integer', VARCHAR: 'string', DOUBLE: 'number' }

const column = (name: string, { type, token }: BoundColumn): string =>
  token === undefined
    ? `      - { name: ${name}, logicalType: ${logicalTypes[type]}, classification: public }`
    : `      - name: ${name}
        logicalType: ${logicalTypes[type]}
        classification: confidential
        tags: [pii]
        customProperties: [{ property: selvageSemanticType, value: email }]`

/** Of a table as it is bound: what has tokens is personal. */
const schemaOf = ({ table, columns }: TableBinding): string =>
  `  - name: ${tableParts(table).table}\n    properties:\n${[...columns].map(one => column(...one)).join('\n')}`

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
  ...bindings.map(binding => {
    const { product } = tableParts(binding.table)
    return { path: `domains/lab/products/${product}/contract.odcs.yaml`, text: labContract(product, schemaOf(binding)) }
  }),
]

/** A gate that holds the data of the shapes, published from files. @param maker holds them as `p_sales` and `p_crm` */
export async function openGovernedMesh(maker: DuckDBConnection): Promise<SmallMesh> {
  const mesh = await SmallMesh.open({ files })
  try {
    for (const { table } of bindings) {
      const { product, table: name } = tableParts(table)
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
