import { type Name, type TableId, tableParts } from '@selvage/kernel/model'
import type { FastifyInstance } from 'fastify'
import { Known } from '../../decide/known.ts'
import { identify, requirePerson } from '../../identify/index.ts'
import type { Gate } from '../../ports.ts'
import type { Generation } from '../../sync/generation.ts'
import type { Admission } from './admission.ts'

export function productRoutes(server: FastifyInstance, gate: Gate, admission: Admission): void {
  server.get('/v1/products', { onRequest: admission.admit }, async (request, reply) => {
    const identified = await identify(gate, admission.senderOf(request))
    requirePerson(identified)
    const { generation, asking } = identified
    return reply.header('cache-control', 'no-store').send({ products: describe(generation, Known.of(generation, asking).visible()) })
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
