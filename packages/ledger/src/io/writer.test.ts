import { execFileSync, spawn } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { verifyCheckpoint } from '../checkpoint.ts'
import { leafHash } from '../hash.ts'
import { parseVerifierKey } from '../key.ts'
import { tilePath } from '../tile.ts'
import { verifyLog } from '../verify.ts'
import { directoryReader, type LogWriter, openLog, readDetail, readEntries, readEntry } from './index.ts'
import { listSegments } from './segment.ts'

const scratch = mkdtempSync(join(tmpdir(), 'ledger-writer-'))
const { privateKey } = generateKeyPairSync('ed25519')
const origin = 'mesh/sales/1/audit/2026'
const segmentBytes = 2_400_000
let made = 0
const freshDir = (): string => {
  made += 1
  return join(scratch, String(made))
}
const open = (dir: string, options: Partial<Parameters<typeof openLog>[0]> = {}): Promise<LogWriter> =>
  openLog({ dir, origin, privateKey, now: Date.now, segmentBytes, onFatal: error => expect(error).toBe(undefined), ...options })
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'accepted',
    error => error.code ?? error.name,
  )
const fill = (log: LogWriter, count: number, bytes = 64) =>
  Promise.all(Array.from({ length: count }, (_, at) => log.append(Buffer.from(`${at} `.padEnd(bytes, 'x')))))

afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('log writer', () => {
  it('gives an index and a leaf, and publishes within the interval', async () => {
    const dir = freshDir()
    const log = await open(dir)
    expect((await verifyLog(directoryReader(dir), { key: log.verifierKey })).size).toBe(0)
    const entry = Buffer.from('first')
    expect(await log.append(entry)).toEqual({ index: 0, leaf: leafHash(entry).toString('hex') })
    await expect.poll(() => log.published.size, { timeout: 2000, interval: 20 }).toBe(1)
    expect(await verifyLog(directoryReader(dir), { key: log.verifierKey })).toMatchObject({ ok: true, size: 1 })
    await Promise.all([log.close(), log.close()])
    for (const work of [() => log.append(entry), () => log.publish(), () => log.eraseDetail(0)]) expect(await codeOf(work())).toBe('closed')
  })

  it('covers all that was appended by the checkpoint that it gives', async () => {
    const dir = freshDir()
    const log = await open(dir, { checkpointEvery: 60_000 })
    const appends = fill(log, 1000)
    const head = verifyCheckpoint(await log.publish(), parseVerifierKey(log.verifierKey))
    expect(head.size).toBe(1000)
    expect((await appends).map(({ index }) => index)).toEqual(Array.from({ length: 1000 }, (_, at) => at))
    await log.close()
  })

  it('does not keep hold of the bytes of its caller', async () => {
    const dir = freshDir()
    const log = await open(dir)
    const entry = Buffer.from('mine')
    const appended = log.append(entry)
    entry.fill(0)
    const { leaf } = await appended
    await log.close()
    expect(leafHash(await readEntry(dir, 0)).toString('hex')).toBe(leaf)
    expect(Buffer.from(await readEntry(dir, 0)).toString()).toBe('mine')
  })

  it('reads entries back by range and details by index', async () => {
    const dir = freshDir()
    const log = await open(dir)
    await Promise.all(
      Array.from({ length: 700 }, (_, at) => log.append(Buffer.from(`e${at}`), at % 3 === 0 ? Buffer.from(`d${at}`) : undefined)),
    )
    await log.publish()
    const seen: string[] = []
    for await (const { index, entry } of readEntries(dir, 250, 520)) seen.push(`${index}:${Buffer.from(entry)}`)
    expect(seen).toHaveLength(270)
    expect(seen[0]).toBe('250:e250')
    expect(seen.at(-1)).toBe('519:e519')
    expect(Buffer.from((await readDetail(dir, 600))!).toString()).toBe('d600')
    expect(await readDetail(dir, 601)).toBe(undefined)
    expect(await readDetail(dir, 70_000)).toBe(undefined)
    expect(await codeOf(readEntry(dir, 700))).toBe('missing')
    await log.close()
  })

  it('erases a detail for good, its copy in the write-ahead log included', async () => {
    const dir = freshDir()
    const log = await open(dir)
    const secret = `secret-${randomBytes(16).toString('hex')}`
    await log.append(Buffer.from('kept'), Buffer.from(secret))
    await log.append(Buffer.from('also'), Buffer.from('other'))
    await log.publish()
    expect(findFiles(dir, secret).length).toBeGreaterThan(0)
    await log.eraseDetail(0)
    expect(findFiles(dir, secret)).toEqual([])
    expect(await readDetail(dir, 0)).toBe(undefined)
    expect(Buffer.from((await readDetail(dir, 1))!).toString()).toBe('other')
    await log.append(Buffer.from('erased 0'))
    await log.close()
    const again = await open(dir)
    expect(await readDetail(dir, 0)).toBe(undefined)
    expect(await verifyLog(directoryReader(dir), { key: log.verifierKey })).toMatchObject({ ok: true, size: 3 })
    await again.close()
  })

  it('bounds entries, details and what waits', async () => {
    const log = await open(freshDir())
    expect(await codeOf(log.append(Buffer.alloc(4097)))).toBe('TypeError')
    expect(await codeOf(log.append(Buffer.alloc(1), Buffer.alloc(65_537)))).toBe('TypeError')
    await log.append(Buffer.alloc(4096), Buffer.alloc(65_536))
    const results = await Promise.all(Array.from({ length: 17_000 }, () => codeOf(log.append(Buffer.from('flood')))))
    expect(results.filter(code => code === 'full').length).toBe(17_000 - 16_384)
    expect(await codeOf(log.append(Buffer.from('calm')))).toBe('accepted')
    expect(log.size).toBe(1 + 16_384 + 1)
    await log.close()
  })

  it('refuses a second writer, in this process and in another', async () => {
    const dir = freshDir()
    const log = await open(dir)
    expect(await codeOf(open(dir))).toBe('locked')
    expect(runChild('open', dir)).toContain('refused locked')
    await log.close()
    expect(runChild('open', dir)).toContain('opened 0')
    await (await open(dir)).close()
  })

  it('refuses options that are none', async () => {
    expect(await codeOf(open(freshDir(), { origin: 'with space' }))).toBe('TypeError')
    expect(await codeOf(open(freshDir(), { segmentBytes: 4096 }))).toBe('TypeError')
    expect(await codeOf(open(freshDir(), { privateKey: generateKeyPairSync('x25519').privateKey }))).toBe('TypeError')
  })

  it('drops segments that are in tiles and keeps the private part private', async () => {
    const dir = freshDir()
    const log = await open(dir)
    for (let round = 0; round < 8; round += 1) {
      await fill(log, 1000, 1000)
      await log.publish()
    }
    expect(listSegments(dir).length).toBe(1)
    expect(listSegments(dir)[0]!.firstIndex).toBeGreaterThan(0)
    expect(statSync(join(dir, 'private')).mode & 0o777).toBe(0o700)
    await log.close()
    const again = await open(dir)
    expect(again.size).toBe(8000)
    expect(await verifyLog(directoryReader(dir), { key: again.verifierKey })).toMatchObject({ ok: true, size: 8000 })
    await again.close()
  })
})

describe('recovery', () => {
  /** A closed log of `count` entries of which the last `unsigned` are in no checkpoint, as after a crash. */
  async function crashed(count: number, unsigned: number): Promise<string> {
    const dir = freshDir()
    const log = await open(dir, { checkpointEvery: 60_000 })
    await fill(log, count - unsigned)
    await log.publish()
    if (unsigned > 0) await fill(log, unsigned)
    const copy = freshDir()
    cpSync(dir, copy, { recursive: true, filter: source => !source.endsWith('/claim') })
    await log.close()
    return copy
  }
  const lastFrame = (dir: string) => {
    const { path } = listSegments(dir).at(-1)!
    const bytes = readFileSync(path)
    let [position, next] = [0, 0]
    while (bytes.readUInt32BE(next) !== 0) [position, next] = [next, next + 24 + bytes.readUInt32BE(next + 4)]
    return { path, bytes, position, end: next }
  }

  it('brings back what was acknowledged and not published', async () => {
    const dir = await crashed(700, 300)
    const log = await open(dir)
    expect(log.size).toBe(700)
    expect(await verifyLog(directoryReader(dir), { key: log.verifierKey })).toMatchObject({ ok: true, size: 700 })
    await log.close()
  })

  it('cuts a torn last frame and goes on', async () => {
    const dir = await crashed(600, 100)
    const { path, bytes, position, end } = lastFrame(dir)
    bytes.fill(0, position + Math.floor((end - position) / 2), end)
    writeFileSync(path, bytes)
    const log = await open(dir)
    expect(log.size).toBe(500)
    expect((await log.append(Buffer.from('next'))).index).toBe(500)
    await log.close()
    const again = await open(dir)
    expect(again.size).toBe(501)
    expect(await verifyLog(directoryReader(dir), { key: log.verifierKey })).toMatchObject({ ok: true, size: 501 })
    await again.close()
  })

  it('cuts a torn frame of which only the end arrived', async () => {
    const dir = await crashed(600, 100)
    const { path, bytes, position, end } = lastFrame(dir)
    bytes.fill(0, position, end - 500)
    writeFileSync(path, bytes)
    const log = await open(dir)
    expect(log.size).toBe(500)
    await fill(log, 10)
    await log.close()
    const again = await open(dir)
    expect(again.size).toBe(510)
    await again.close()
  })

  it('refuses damage before acknowledged entries', async () => {
    const dir = freshDir()
    const log = await open(dir, { checkpointEvery: 60_000 })
    await log.append(Buffer.from('one'))
    await log.append(Buffer.from('two'))
    const copy = freshDir()
    cpSync(dir, copy, { recursive: true, filter: source => !source.endsWith('/claim') })
    await log.close()
    const { path } = listSegments(copy)[0]!
    const bytes = readFileSync(path)
    bytes[26]! ^= 1
    writeFileSync(path, bytes)
    expect(await codeOf(open(copy))).toBe('corrupt')
    expect(readFileSync(path).equals(bytes)).toBe(true)
  })

  it('refuses a write-ahead log that holds less than was signed', async () => {
    const dir = await crashed(300, 0)
    const { path, bytes, position, end } = lastFrame(dir)
    const damaged = Buffer.from(bytes)
    damaged[end - 1]! ^= 1
    writeFileSync(path, damaged)
    expect(await codeOf(open(dir))).toBe('corrupt')
    bytes.fill(0, position)
    writeFileSync(path, bytes)
    expect(await codeOf(open(dir))).toBe('rollback')
    rmSync(path)
    expect(await codeOf(open(dir))).toBe('rollback')
  })

  it('refuses when the served checkpoint alone was taken back, and puts it right', async () => {
    const dir = freshDir()
    const log = await open(dir, { checkpointEvery: 60_000 })
    await fill(log, 10)
    await log.publish()
    const old = readFileSync(join(dir, 'checkpoint'))
    await fill(log, 10)
    await log.close()
    writeFileSync(join(dir, 'checkpoint'), old)
    const again = await open(dir)
    expect(again.published.size).toBe(20)
    expect(await verifyLog(directoryReader(dir), { key: log.verifierKey })).toMatchObject({ ok: true, size: 20 })
    await again.close()
    rmSync(join(dir, 'private', 'signed'))
    writeFileSync(join(dir, 'checkpoint'), old)
    // Now nobody remembers twenty but the log itself: it still only grows.
    const third = await open(dir)
    expect(third.size).toBe(20)
    await third.close()
  })

  it('refuses a checkpoint by another key', async () => {
    const dir = await crashed(10, 0)
    expect(await codeOf(open(dir, { privateKey: generateKeyPairSync('ed25519').privateKey }))).toBe('signature')
  })

  it('makes lost or damaged tiles again', async () => {
    const dir = await crashed(700, 100)
    rmSync(join(dir, 'tile'), { recursive: true })
    const log = await open(dir)
    expect(await verifyLog(directoryReader(dir), { key: log.verifierKey })).toMatchObject({ ok: true, size: 700 })
    await log.close()
    const edge = join(dir, tilePath(0, 2, 188))
    const bytes = readFileSync(edge)
    bytes[0]! ^= 1
    writeFileSync(edge, bytes)
    const again = await open(dir)
    expect(await verifyLog(directoryReader(dir), { key: log.verifierKey })).toMatchObject({ ok: true, size: 700 })
    await again.close()
  })

  it('refuses entries that are not those that were signed', async () => {
    const dir = freshDir()
    const log = await open(dir)
    for (let round = 0; round < 4; round += 1) await fill(log, 1000, 1000)
    await log.close()
    expect(listSegments(dir)[0]!.firstIndex).toBeGreaterThan(0)
    rmSync(join(dir, 'tile/0'), { recursive: true })
    const bundle = join(dir, 'tile/entries/000')
    const bytes = readFileSync(bundle)
    bytes[20]! ^= 1
    writeFileSync(bundle, bytes)
    expect(await codeOf(open(dir))).toBe('corrupt')
  })
})

describe('failure', () => {
  it('signs nothing that does not extend what it signed', async () => {
    const dir = freshDir()
    const fatal: Error[] = []
    const log = await open(dir, { checkpointEvery: 60_000, onFatal: error => fatal.push(error) })
    await fill(log, 300)
    const before = await log.publish()
    // What was served is no longer what was signed: the proof from there to here cannot hold.
    const path = join(dir, tilePath(1, 0, 1))
    const bytes = readFileSync(path)
    bytes[0]! ^= 1
    writeFileSync(path, bytes)
    await fill(log, 10)
    expect(await codeOf(log.publish())).toBe('proof')
    expect(fatal).toHaveLength(1)
    expect(readFileSync(join(dir, 'checkpoint'), 'utf8')).toBe(before)
    expect(readFileSync(join(dir, 'private', 'signed'), 'utf8')).toBe(before)
    await log.close()
  })

  it('ends, rejects all and loses nothing acknowledged when the disk refuses', async () => {
    const dir = freshDir()
    const output = runChild('limited', dir)
    expect(output).toContain('fatal write_failed')
    expect(output).toContain('rejected write_failed')
    expect(output).toContain('after write_failed')
    const acked = output
      .split('\n')
      .filter(line => line.startsWith('acked '))
      .map(line => line.split(' '))
    expect(acked.length).toBeGreaterThan(0)
    const log = await open(dir)
    await log.publish()
    for (const [, index, leaf] of acked) expect(leafHash(await readEntry(dir, Number(index))).toString('hex')).toBe(leaf)
    expect(await verifyLog(directoryReader(dir), { key: log.verifierKey })).toMatchObject({ ok: true })
    await log.close()
  })

  it('ends when tiles cannot be written', async () => {
    const dir = freshDir()
    const fatal: Error[] = []
    const log = await open(dir, { checkpointEvery: 60_000, onFatal: error => fatal.push(error) })
    rmSync(join(dir, 'private', 'tmp'), { recursive: true })
    await log.append(Buffer.from('x'))
    expect(await codeOf(log.publish())).toBe('write_failed')
    expect(fatal).toHaveLength(1)
    expect(await codeOf(log.append(Buffer.from('x')))).toBe('write_failed')
    await log.close()
    // The process must end: it is not let in again.
    mkdirSync(join(dir, 'private', 'tmp'))
    expect(await codeOf(open(dir))).toBe('locked')
  })
})

describe('SIGKILL', () => {
  const kills = Number(process.env.SELVAGE_KILLS ?? 20)

  it(`loses nothing that was acknowledged in ${kills} kills`, { timeout: 60_000 + kills * 3000 }, async () => {
    const dir = freshDir()
    const acked = new Map<number, string>()
    const heads: ReturnType<typeof verifyCheckpoint>[] = []
    let key = ''
    for (let round = 0; round < kills; round += 1) {
      await killChild(dir, Math.random() * 400, line => {
        const [word, index, leaf] = line.split(' ')
        if (word === 'key') key = index!
        if (word !== 'acked' || leaf?.length !== 64) return
        expect(acked.get(Number(index)) ?? leaf).toBe(leaf)
        acked.set(Number(index), leaf)
      })
      if (existsSync(join(dir, 'checkpoint'))) heads.push(verifyCheckpoint(readFileSync(join(dir, 'checkpoint')), parseVerifierKey(key)))
    }
    expect(acked.size).toBeGreaterThan(kills * 10)
    const log = await open(dir)
    await log.publish()
    const found = new Map<number, string>()
    for await (const { index, entry } of readEntries(dir, 0, log.size)) found.set(index, leafHash(entry).toString('hex'))
    for (const [index, leaf] of acked) expect(found.get(index)).toBe(leaf)
    for (const remembered of heads.filter((_, at) => at % 5 === 0 || at === heads.length - 1))
      expect(await verifyLog(directoryReader(dir), { key: log.verifierKey, remembered })).toMatchObject({ ok: true, size: log.size })
    for (const index of [...acked.keys()].filter(index => index % 97 === 0)) {
      const detail = await readDetail(dir, index)
      if (detail !== undefined) expect(Buffer.from(detail).toString()).toBe(`detail of ${found.get(index)}`)
    }
    await log.close()
  })
})

function findFiles(dir: string, text: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(file => file.isFile() && readFileSync(join(file.parentPath, file.name)).includes(text))
    .map(file => join(file.parentPath, file.name))
}

const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')
createPrivateKey({ key: Buffer.from(seed, 'base64'), format: 'der', type: 'pkcs8' })

/** Runs what was built, as a process of its own. */
const childSource = `
import { execFileSync } from 'node:child_process'
import { createHash, createPrivateKey, randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
const { openLog } = await import(${JSON.stringify(fileURLToPath(new URL('../../dist/io/index.js', import.meta.url)))})
const [mode, dir] = process.argv.slice(1)
const say = text => {
  try { writeSync(1, text + '\\n') } catch (error) { if (error.code === 'EAGAIN') say(text); else throw error }
}
const privateKey = createPrivateKey({ key: Buffer.from(${JSON.stringify(seed)}, 'base64'), format: 'der', type: 'pkcs8' })
const onFatal = error => { say('fatal ' + error.code) }
const log = await openLog({ dir, origin: ${JSON.stringify(origin)}, privateKey, now: Date.now, checkpointEvery: 20, segmentBytes: ${segmentBytes}, onFatal })
  .catch(error => { say('refused ' + error.code); process.exit(0) })
say('key ' + log.verifierKey)
const append = async () => {
  const entry = randomBytes(100 + Math.floor(Math.random() * 900))
  const leaf = createHash('sha256').update(Buffer.concat([Buffer.from([0]), entry])).digest('hex')
  const done = await log.append(entry, Math.random() < 0.3 ? Buffer.from('detail of ' + leaf) : undefined)
  say('acked ' + done.index + ' ' + done.leaf)
}
if (mode === 'open') { say('opened ' + log.size); await log.close() }
if (mode === 'load') await Promise.all(Array.from({ length: 32 }, async () => { for (;;) await append() }))
if (mode === 'limited') {
  for (let n = 0; n < 20; n += 1) await append()
  execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=65536'])
  try { for (;;) await Promise.all(Array.from({ length: 10 }, append)) } catch (error) { say('rejected ' + error.code) }
  await log.append(Buffer.from('x')).catch(error => say('after ' + error.code))
  process.exit(1)
}
`

function runChild(mode: string, dir: string): string {
  try {
    return execFileSync(process.execPath, ['--input-type=module', '-e', childSource, mode, dir], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

/** Starts a child under load and kills it `after` milliseconds after its start of the load, or while it opens. */
function killChild(dir: string, after: number, onLine: (line: string) => void): Promise<void> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', childSource, 'load', dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  let rest = ''
  let started = false
  const kill = () => child.kill('SIGKILL')
  // One in five is killed before it said anything: while it recovers.
  if (after < 80) setTimeout(kill, 100 + after)
  return new Promise((resolve, reject) => {
    child.stdout.on('data', chunk => {
      if (!started && after >= 80) setTimeout(kill, after)
      started = true
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()!
      lines.forEach(onLine)
    })
    child.on('error', reject)
    child.on('close', (code, signal) => (signal === 'SIGKILL' ? resolve() : reject(new Error(`the child ended by itself: ${code}`))))
  })
}
