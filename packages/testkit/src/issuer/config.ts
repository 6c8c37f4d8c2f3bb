import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'

const person = z.strictObject({
  login: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/),
  kind: z.enum(['User', 'Workload', 'Agent']),
  roles: z.array(z.string()).default([]),
  attributes: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/), z.json()).default({}),
})

const schema = z.strictObject({
  mesh: z.string().min(1),
  issuers: z
    .array(
      z.strictObject({
        alias: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/),
        /** 0: any free port. */
        port: z.int().min(0).max(65_535),
        people: z.array(person),
      }),
    )
    .min(1)
    .max(8),
  stateDir: z.string().min(1),
})

export type Config = z.infer<typeof schema>
export type IssuerConfig = Config['issuers'][number]
export type Person = z.infer<typeof person>

/**
 * From the file that the first argument names, else from the first line of stdin. Either way stdin stays
 * ours: its end says that whoever started this process is gone.
 */
export async function readConfig(path: string | undefined, onParentGone: () => void): Promise<Config> {
  const lines = createInterface({ input: process.stdin })
  const first = new Promise<string>(resolve => lines.once('line', resolve))
  const ended = new Promise<never>((_, reject) =>
    lines.once('close', () => {
      onParentGone()
      reject(new Error('stdin ended before a configuration came'))
    }),
  )
  ended.catch(() => undefined)
  const text = path === undefined ? await Promise.race([first, ended]) : readFileSync(path, 'utf8')
  return schema.parse(JSON.parse(text))
}
