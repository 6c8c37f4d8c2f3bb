import { readFileSync } from 'node:fs'
import { treeDepth } from '@selvage/kernel/query'
import { z } from 'zod'

const loopback = ['127.0.0.1', '::1']
const folderName = z.string().regex(/^[a-z][a-z0-9_]*$/)
const hostNames = z.array(z.string().regex(/^[a-z0-9.-]+(?::\d{1,5})?$/)).max(64)

export const parserConfig = z.strictObject({
  children: z.int().min(1).max(8).default(2),
  memoryMb: z.int().min(64).default(128),
  /** What a child may take beside the engine's own memory: it gets the sum, and never more (ADR 0003). */
  overheadMb: z.int().min(192).default(256),
  /** Bytes of the largest tree: a million is some 6,500 constants. */
  treeBytes: z.int().min(65_536).max(16_777_216).default(1_048_576),
  /** Levels of it. */
  treeDepth: z.int().min(32).max(treeDepth).default(treeDepth),
  timeoutMs: z.int().min(100).default(2_000),
  /** For a child to get free, or to open. */
  waitMs: z.int().min(100).default(10_000),
  /** Texts that wait for a child. */
  queue: z.int().min(1).max(4_096).default(256),
  /** Of each subject, as for the engine. */
  perSubject: z.strictObject({ running: z.int().min(1).optional(), waiting: z.int().min(1).default(32) }).prefault({}),
})

export const engineConfig = z.strictObject({
  /** Children at most, started when first needed. */
  children: z.int().min(1).max(16).default(3),
  memoryMb: z.int().min(64).default(512),
  /** As for the parser. */
  overheadMb: z.int().min(192).default(384),
  threads: z.int().min(1).max(16).default(2),
  /**
   * Products (`domain.product`) whose results must not depend on hidden amounts, not in the order of rows nor in the last
   * digit of a sum: statements on them run in children with one thread, without what looks at sizes (ADR 0004).
   */
  strict: z.array(z.string().regex(/^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/)).default([]),
  /** On disk, per child. */
  tempMb: z.int().min(0).default(1_024),
  /** Of work in the child. */
  timeoutMs: z.int().min(100).default(30_000),
  /** For a child to get free. */
  waitMs: z.int().min(100).default(10_000),
  /** For whoever reads the rows, all its pauses together. */
  readerMs: z.int().min(100).default(120_000),
  /** Statements that wait for a child. */
  queue: z.int().min(1).max(4_096).default(256),
  /** Statements that wait, run, or are not read to their end. */
  open: z.int().min(1).max(8_192).default(512),
  /** Of each subject, whatever agents ask for it. `running` is one less than there are children, unless it is given. */
  perSubject: z
    .strictObject({
      running: z.int().min(1).optional(),
      waiting: z.int().min(1).default(32),
      open: z.int().min(1).default(64),
    })
    .prefault({}),
  /** Of one statement, in whatever form. */
  result: z.strictObject({ rows: z.int().min(1).default(20_000_000), bytes: z.int().min(1).default(4_294_967_296) }).prefault({}),
})

/** Cedar's own engine, which reads policies, in one child at a time: 3,000 policies fit 256 MiB, 10,000 fit 512. */
export const officialConfig = z.strictObject({
  memoryMb: z.int().min(64).default(192),
  overheadMb: z.int().min(128).default(320),
  timeoutMs: z.int().min(1_000).default(300_000),
  /** Where it decides (`policyEngine: wasm`): for one table, and how many rows of it may differ to the rules. */
  decideMs: z.int().min(1_000).default(30_000),
  rows: z.int().min(1).max(4_000).default(1_000),
  /** Where ours decides: how often a statement is decided by both, to be compared. 0: never. */
  shadowMs: z.union([z.literal(0), z.int().min(1_000)]).default(0),
})

/** The engine of the one child that loads a product: beyond its memory it spills, beyond its disk the publication fails. */
export const publishConfig = z.strictObject({
  memoryMb: z.int().min(64).default(192),
  /** As for the engine. Not of the gate's `memoryMb`: one product is loaded at a time, beside whatever is asked. */
  overheadMb: z.int().min(192).default(384),
  tempMb: z.int().min(0).default(8_192),
})

/** Where a secret is: never in the configuration itself. */
const secret = z.union([z.strictObject({ env: z.string().regex(/^[A-Z][A-Z0-9_]*$/) }), z.strictObject({ file: z.string().min(1) })])

/** Of an issuer whose trust names `signals`, by its alias. */
export const signalsConfig = z.strictObject({
  /** Who this gate is at the transmitter, where it makes its stream itself (`ssf.manage`, client credentials). Each gate has its own. */
  client: z.strictObject({ id: z.string().min(1).max(256), secret }).optional(),
  /** The address of this gate's `/v1/signals/ALIAS` as the transmitter reaches it, for a stream that is pushed. */
  address: z.url().optional(),
  /** What the transmitter sends in `Authorization`; absent: made at first start, in a key file. */
  authorization: secret.optional(),
})

/** One schema, read once. Every bound of the gate is here; unsafe values do not parse. */
const shape = z.strictObject({
  mesh: z.string().min(1),
  domain: z.string().regex(/^[a-z][a-z0-9_]*$/),
  /** Names this instance in its log's origin. */
  instance: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/)
    .default('a'),
  /** Without `tls` a loopback address: nothing that is secret crosses a network in the clear. */
  host: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1'),
  /** Files in PEM. `clientCa`: whose client certificates count; without it, any that a token names (RFC 8705 section 2.2). */
  tls: z.strictObject({ key: z.string().min(1), certificate: z.string().min(1), clientCa: z.string().min(1).optional() }).optional(),
  /** How clients write it, where a proxy on this machine ends TLS before it: `https://gate.example.org`. Its host belongs into `hosts`. */
  publicAddress: z
    .string()
    .regex(/^https:\/\/[a-z0-9.-]+(?::\d{1,5})?$/)
    .optional(),
  port: z.int().min(0).max(65_535),
  /** Names beside the loopback ones under which it may be asked: `name` or `name:port`, as clients write them in `Host`. */
  hosts: hostNames.default([]),
  stateDir: z.string().min(1),
  /** The folder that holds the files that contracts name. Absent: nothing is published here. */
  dataDir: z.string().optional(),
  /** Folders in it, by name: the one that the domain's files must be in, and other domains', that they may not be in. */
  dataWithin: folderName.optional(),
  dataNotIn: z.array(folderName).default([]),
  /** Files that say who is there (`directory.yaml`), read anew when somebody asks who may see what; no statement is decided by them. */
  directory: z.array(z.string().min(1)).max(16).default([]),
  /** Pinned keys: whose word counts for the centre's rules, the domain's rules, and freshness. */
  keys: z.strictObject({ centre: z.string(), domain: z.string(), freshness: z.string() }),
  control: z.url(),
  /** Milliseconds between questions to control, while there is nothing to wait for. */
  controlEveryMs: z.int().min(500).max(60_000).default(10_000),
  /** Seconds that rules stay in force without control's word that they are current. */
  maxFreshnessAge: z
    .int()
    .min(60)
    .max(7 * 86_400)
    .default(86_400),
  signals: z.record(folderName, signalsConfig).default({}),
  /** Issuers on loopback or private addresses: for development, or beside `issuerHosts`. */
  allowPrivateIssuers: z.boolean().default(false),
  /** The only hosts that may be asked for an issuer’s keys, `name` or `name:port`: a domain’s rules cannot have this gate ask others. */
  issuerHosts: hostNames.optional(),
  /** MiB for all engine and parser children together. What they may take at most must fit, or the gate does not start. */
  memoryMb: z.int().default(4_608),
  parser: parserConfig.prefault({}),
  engine: engineConfig.prefault({}),
  official: officialConfig.prefault({}),
  publish: publishConfig.prefault({}),
  /** Who decides rows, cells and masks: our evaluator, or Cedar's official engine alone, slow and obvious. */
  policyEngine: z.enum(['selvage', 'wasm']).default('selvage'),
  /** Where a device management lays its records, beside those that it sends; and of how many keys something may be known. */
  devices: z.strictObject({ from: z.string().min(1).optional(), most: z.int().min(1).default(100_000) }).prefault({}),
  /** `seconds`: of one session at most, 12 hours. What was said of tokens is known for as long (`signals`). */
  sessions: z
    .strictObject({
      seconds: z.int().min(60).max(43_200).default(28_800),
      perSubject: z.int().min(1).max(1_024).default(16),
      inAll: z.int().min(1).max(16_384).default(4_096),
    })
    .prefault({}),
  limits: z
    .strictObject({
      statementBytes: z.int().max(1_048_576).default(65_536),
      requestBytes: z.int().max(16_777_216).default(1_048_576),
      /** Bytes of a result that is given as one JSON document; NDJSON has no such bound. */
      documentBytes: z.int().default(33_554_432),
      /** Of documents that are gathered or not read yet. */
      documentBytesPerSubject: z.int().default(67_108_864),
      documentBytesInAll: z.int().default(268_435_456),
      parameters: z.int().max(1_000).default(200),
      reasonBytes: z.int().default(1_000),
      /** Of the head of a request. */
      headerBytes: z.int().min(8_192).max(131_072).default(32_768),
      connections: z.int().min(1).default(1_024),
      /** Requests with a body, from their head to the end of their answer. */
      requestsPerSubject: z.int().min(1).default(128),
      requestsInAll: z.int().min(1).default(768),
      /** Bytes that the refusals of one subject may take of the log in so many milliseconds; what it asks beyond is counted. */
      deniedBytes: z.int().min(65_536).default(67_108_864),
      deniedMs: z.int().min(1_000).max(86_400_000).default(3_600_000),
      /** Until the head of a request, and the whole of it, is there. */
      headerMs: z.int().min(1_000).default(10_000),
      requestMs: z.int().min(1_000).default(30_000),
      /** Of a connection without a request. */
      idleMs: z.int().min(1_000).default(30_000),
      /** Of a connection on which no byte moves, whatever it waits for. */
      silentMs: z.int().min(1_000).default(180_000),
    })
    .prefault({}),
  /** End when the parent's pipe on stdin ends, so that no gate outlives the `selvage dev` that started it. */
  attached: z.boolean().default(false),
})

export type Config = z.infer<typeof shape>

/** MiB that all children together may take: a wall stands around each. */
export const memoryOfChildren = ({
  engine,
  parser,
  official,
  policyEngine,
}: Pick<Config, 'engine' | 'parser' | 'official' | 'policyEngine'>): number =>
  engine.children * (engine.memoryMb + engine.overheadMb) +
  parser.children * (parser.memoryMb + parser.overheadMb) +
  (policyEngine === 'wasm' || official.shadowMs > 0 ? 2 : 1) * (official.memoryMb + official.overheadMb)

const isLoopback = ({ host, tls }: Pick<Config, 'host' | 'tls'>): boolean => tls !== undefined || loopback.includes(host)

const bounded = shape.refine(config => memoryOfChildren(config) <= config.memoryMb, {
  path: ['memoryMb'],
  error: ({ input }) =>
    `the children may take ${memoryOfChildren(input as Config)} MiB together: give that much, or fewer or smaller children`,
})

const documentsFit = ({ limits }: Config): boolean =>
  limits.documentBytes <= limits.documentBytesPerSubject && limits.documentBytesPerSubject <= limits.documentBytesInAll

const fitting = bounded.refine(documentsFit, {
  path: ['limits', 'documentBytesPerSubject'],
  error: 'no less than `documentBytes`, no more than `documentBytesInAll`: else a document that may be asked for is never given',
})

const schema = fitting.refine(isLoopback, { path: ['host'], error: 'without `tls` a gate listens on a loopback address only' })

export const parseConfig = (value: unknown): Config => schema.parse(value)
export const readConfig = (path: string): Config => parseConfig(JSON.parse(readFileSync(path, 'utf8')))
