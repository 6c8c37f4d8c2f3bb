import { readFileSync } from 'node:fs'
import { z } from 'zod'

const schema = z.strictObject({
  mesh: z.string().min(1),
  host: z.literal(['127.0.0.1', '::1']).default('127.0.0.1'),
  port: z.int().min(0).max(65_535),
  /** Names beside the loopback ones under which it may be asked: `name` or `name:port`. */
  hosts: z
    .array(z.string().regex(/^[a-z0-9.-]+(?::\d{1,5})?$/))
    .max(64)
    .default([]),
  stateDir: z.string().min(1),
  /** The pinned key under which the centre's bundle is signed. Its private half never lies here. */
  centreKey: z.string(),
  /** End when the parent's pipe on stdin ends. */
  attached: z.boolean().default(false),
})

export type Config = z.infer<typeof schema>

export const readConfig = (path: string): Config => schema.parse(JSON.parse(readFileSync(path, 'utf8')))
