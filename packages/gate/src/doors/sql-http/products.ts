import { type Name, type TableId, tableParts } from '@selvage/kernel/model'
import { discoverable } from '@selvage/kernel/policy'
import type { FastifyInstance } from 'fastify'
import { identify, requirePerson, senderOf } from '../../identify/index.ts'
import type { Gate } from '../../ports.ts'
import type { Generation } from '../../sync/generation.ts'
import { presentedBy } from './presented.ts'

export function productRoutes(server: FastifyInstance, gate: Gate): void {
  server.get('/v1/products', async (request, reply) => {
    const identified = await identify(gate, await senderOf(gate, presentedBy(request, gate.config)))
    requirePerson(identified)
    const { generation, asking } = identified
    return reply.header('cache-control', 'no-store').send({ products: describe(generation, discoverable(generation.policies, asking)) })
  })
}

function describe(generation: Generation, visible: ReadonlyMap<TableId, readonly Name[]>): object[] {
  return generation.trust.products.flatMap(product => {
    const tables = product.tables.filter(table => visible.has(table.id))
    if (tables.length === 0) return []
    return [
      {
        id: product.id,
        version: product.version,
        ...(product.description === undefined ? {} : { description: product.description }),
        readable: generation.products.has(product.id),
        tables: tables.map(table => ({
          id: table.id,
          name: tableParts(table.id).table,
          columns: table.columns.filter(column => visible.get(table.id)?.includes(column.name)).map(({ name, type }) => ({ name, type })),
        })),
      },
    ]
  })
}
