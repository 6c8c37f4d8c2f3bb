import { readFileSync } from 'node:fs'
import { z } from 'zod'

const loopback = z.literal(['127.0.0.1', '::1'])

/** One schema, read once. Every bound of the gate is here; unsafe values do not parse. */
const schema = z.strictObject({
  mesh: z.string().min(1),
  domain: z.string().regex(/^[a-z][a-z0-9_]*$/),
  /** Names this instance in its log's origin. */
  instance: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/)
    .default('a'),
  /** TLS comes with the mesh; until then a gate listens on loopback only. */
  host: loopback.default('127.0.0.1'),
  port: z.int().min(0).max(65_535),
  stateDir: z.string().min(1),
  /** The folder that holds the files that contracts name. Absent: nothing is published here. */
  dataDir: z.string().optional(),
  /** Pinned keys: whose word counts for the centre's rules, the domain's rules, and freshness. */
  keys: z.strictObject({ centre: z.string(), domain: z.string(), freshness: z.string() }),
  control: z.url(),
  /** Seconds that rules stay in force without control's word that they are current. */
  maxFreshnessAge: z
    .int()
    .min(60)
    .max(7 * 86_400)
    .default(86_400),
  /** Issuers on loopback or private addresses: development only. */
  allowPrivateIssuers: z.boolean().default(false),
  parser: z.strictObject({ memoryMb: z.int().min(64).default(256), timeoutMs: z.int().min(100).default(3_000) }).prefault({}),
  engine: z
    .strictObject({
      /** Children at most, started when first needed. */
      children: z.int().min(1).max(16).default(2),
      memoryMb: z.int().min(64).default(512),
      threads: z.int().min(1).max(16).default(2),
      tempMb: z.int().min(0).default(1_024),
      timeoutMs: z.int().min(100).default(30_000),
    })
    .prefault({}),
  limits: z
    .strictObject({
      statementBytes: z.int().max(1_048_576).default(65_536),
      requestBytes: z.int().max(16_777_216).default(1_048_576),
      /** Bytes of a result that is given as one JSON document; NDJSON has no such bound. */
      documentBytes: z.int().default(33_554_432),
      parameters: z.int().max(1_000).default(200),
      reasonBytes: z.int().default(1_000),
      connections: z.int().default(1_024),
    })
    .prefault({}),
  /** End when the parent's pipe on stdin ends, so that no gate outlives the `selvage dev` that started it. */
  attached: z.boolean().default(false),
})

export type Config = z.infer<typeof schema>

export const parseConfig = (value: unknown): Config => schema.parse(value)
export const readConfig = (path: string): Config => parseConfig(JSON.parse(readFileSync(path, 'utf8')))
