import { z } from 'zod'

const rule = z.looseObject({ id: z.string(), reason: z.string().optional() })
const agent = z.string().optional()

/** A gate newer than this CLI may know other changes: such an answer is not told half. */
const change = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('purpose'), purpose: z.string() }),
  z.looseObject({
    kind: z.literal('attribute'),
    name: z.string(),
    value: z.union([z.string(), z.number(), z.boolean()]),
    among: z.boolean(),
    agent,
  }),
  z.looseObject({ kind: z.literal('role'), role: z.string(), agent }),
  z.looseObject({ kind: z.literal('group'), group: z.string() }),
  z.looseObject({ kind: z.literal('device'), device: z.string() }),
  z.looseObject({ kind: z.literal('signal'), signal: z.string() }),
  z.looseObject({ kind: z.literal('observed') }),
  z.looseObject({ kind: z.literal('method'), method: z.string() }),
  z.looseObject({ kind: z.literal('proof'), proof: z.string() }),
  z.looseObject({ kind: z.literal('known'), degraded: z.array(z.string()).readonly() }),
  z.looseObject({ kind: z.literal('grant'), domain: z.string() }),
])
export type ToldChange = z.infer<typeof change>

const table = z.looseObject({
  table: z.string(),
  rows: z.looseObject({
    visible: z.string(),
    rules: z.array(rule),
    wouldChange: z.array(z.looseObject({ changes: z.array(change), visible: z.string() })),
  }),
  columns: z.array(
    z.looseObject({
      name: z.string(),
      used: z.boolean(),
      protection: z.looseObject({ kind: z.string() }),
      rules: z.array(rule),
      wouldChange: z.array(z.looseObject({ changes: z.array(change), kind: z.string() })),
    }),
  ),
})

/** What `/v1/why` answers. */
export const explanationShape = z.looseObject({ purpose: z.string(), labels: z.array(z.string()), tables: z.array(table) })
export type Explained = z.infer<typeof table>
