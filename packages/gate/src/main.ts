import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createKeySource, createSenderChecker, createStanding, type KeySource } from '@selvage/identity'
import type { LogOptions } from '@selvage/ledger/io'
import pino from 'pino'
import { type Config, readConfig } from './config.ts'
import { openDevices } from './devices/index.ts'
import { openDirectories } from './directory/index.ts'
import { createDoor } from './doors/sql-http/server.ts'
import { openEngine } from './execute/index.ts'
import { watchKeys } from './identify/watch-keys.ts'
import { openKeys } from './keys.ts'
import { openOfficial } from './official/index.ts'
import { openParser } from './parser/index.ts'
import type { Clock, Gate, Log } from './ports.ts'
import { RateBound } from './rate-bound.ts'
import { Denials } from './record/denials.ts'
import { openAudit } from './record/open-audit.ts'
import { recordSignal } from './record/signal.ts'
import { settleYears } from './record/years.ts'
import { SessionStore } from './sessions/store.ts'
import { watchSessions } from './sessions/watch.ts'
import { openSignals } from './signals/index.ts'
import { openSync, type Sync } from './sync/index.ts'
import { openTelemetry } from './telemetry.ts'
import { openUnderWay } from './under-way.ts'

/** Milliseconds. */
const toldWithin = 250

/** Composition root: `node main.js CONFIG.json`. Says on stdout, in lines of JSON, how it gets on and when it is ready. */
async function main(): Promise<void> {
  const config = readConfig(process.argv[2] ?? '')
  const logger = pino({ name: `gate.${config.domain}` }, pino.destination(2))
  const log: Log = (event, attributes) => {
    logger.info({ event, ...attributes })
    if (event.startsWith('publish.')) say({ event, ...attributes })
  }
  const clock: Clock = Date.now
  let stop = (): void => process.exit(0)
  if (config.attached) process.stdin.once('end', () => stop()).resume()
  const keys = openKeys(join(config.stateDir, 'keys'), config.domain)
  const official = openOfficial({ ...config.official, log })
  const issuerKeys = createKeySource({
    dir: join(config.stateDir, 'issuer-keys'),
    fetch,
    now: clock,
    allowPrivate: config.allowPrivateIssuers,
    hosts: config.issuerHosts,
    log,
  })
  const sync = openSync({ config, clock, log, keys, official, issuerKeys })
  const gate = await openGate(config, { clock, log, keys, official, generation: sync.generation, rulesOf: sync.rulesOf }, sync, issuerKeys)
  const signals = await openSignals({
    ...gate,
    keys: issuerKeys,
    trust: () => gate.generation().trust,
    record: event => recordSignal(gate, event),
  })
  const door = createDoor(gate, sync, signals)
  const leaveSessions = watchSessions(gate)
  const leaveKeys = watchKeys(gate, issuerKeys)
  const url = await door.listen({ host: config.host, port: config.port })
  say({ event: 'listening', url, audit: gate.auditDir, verifierKey: gate.audit.verifierKey })

  let stopping = false
  const closeAll = async (): Promise<void> => {
    if (stopping) return
    stopping = true
    const patience = setTimeout(() => process.exit(1), 10_000)
    await door.close()
    leaveSessions()
    leaveKeys()
    gate.devices.close()
    await signals.close()
    await sync.close()
    await Promise.all([gate.engine.close(), gate.parser.close()])
    await Denials.of(gate).close()
    await gate.audit.close()
    clearTimeout(patience)
    process.exit(0)
  }
  stop = () => void closeAll()
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

async function openGate(
  config: Config,
  parts: Pick<Gate, 'clock' | 'log' | 'keys' | 'official' | 'generation' | 'rulesOf'>,
  { staleIssuers }: Pick<Sync, 'staleIssuers'>,
  issuerKeys: KeySource,
): Promise<Gate> {
  const { clock, log, keys } = parts
  const tempDir = join(config.stateDir, 'temp')
  const origin = `${config.mesh}/${config.domain}/${config.instance}/audit/${new Date(clock()).getUTCFullYear()}`
  const auditDir = join(config.stateDir, 'logs', 'audit', String(new Date(clock()).getUTCFullYear()))
  mkdirSync(tempDir, { recursive: true, mode: 0o700 })
  const options: LogOptions = {
    dir: auditDir,
    origin,
    privateKey: keys.auditSigner,
    now: clock,
    // What was not written is not known any more: end, and replay at the next start. Until then nothing is released, and
    // whoever waits is told so.
    onFatal: error => {
      log('ledger.fatal', { cause: String(error) })
      setTimeout(() => process.exit(70), toldWithin)
    },
  }
  const audit = await openAudit(options, { config, log })
  await settleYears(options, log)
  const engine = openEngine({ ...config.engine, tempDir, log })
  const devices = await openDevices({
    dir: join(config.stateDir, 'devices'),
    ...config.devices,
    from: config.devices.from,
    rate: new RateBound(),
    generation: parts.generation,
    clock,
    log,
  })
  const standing = createStanding({ now: clock })
  const sessions = new SessionStore(config.sessions)
  const said = (): number => devices.epoch() + standing.epoch() + sessions.epoch() + issuerKeys.epoch()
  return {
    ...parts,
    config,
    random: randomBytes,
    sender: createSenderChecker({ now: clock, uptime: () => performance.now(), random: randomBytes }),
    audit,
    auditDir,
    parser: openParser({ ...config.parser, log }),
    engine,
    devices,
    sessions,
    directories: openDirectories(config.directory, log),
    standing,
    said,
    underWay: openUnderWay({ generation: parts.generation, said, clock }),
    telemetry: openTelemetry({
      entries: () => audit.size,
      children: () => engine.stats().children,
      staleIssuers,
      silent: () => standing.silent().length,
      standing: () => standing.size(),
    }),
  }
}

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

await main()
