// A process that does nothing but append to a log and say what was acknowledged: `node ledger-child.mjs DIST DIR KEY CLIENTS ENTRIES`.
import { createHash, createPrivateKey, randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [, , dist, dir, key, clients, entries] = process.argv
const { openLog } = await import(pathToFileURL(join(dist, 'io', 'index.js')).href)
const say = text => {
  try {
    writeSync(1, `${text}\n`)
  } catch (error) {
    if (error.code !== 'EAGAIN') throw error
    say(text)
  }
}
const privateKey = createPrivateKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'pkcs8' })
const options = { dir, origin: 'mesh/sales/a/audit/2026', privateKey, now: Date.now, checkpointEvery: 20, segmentBytes: 2_400_000 }
const onFatal = error => {
  say(`fatal ${error.code}`)
  setTimeout(() => process.exit(70), 20)
}
const log = await openLog({ ...options, onFatal }).catch(error => {
  say(`refused ${error.code} ${error.message}`)
  process.exit(71)
})
say(`open ${log.size}`)

async function append() {
  const entry = randomBytes(100 + Math.floor(Math.random() * 900))
  const leaf = createHash('sha256')
    .update(Buffer.concat([Buffer.from([0]), entry]))
    .digest('hex')
  const detail = Math.random() < 0.3 ? Buffer.from(`detail of ${leaf}`) : undefined
  const done = await log.append(entry, detail)
  say(`acked ${done.index} ${done.leaf} ${detail === undefined ? '' : 'detail'}`)
}
let left = Number(entries)
const client = async () => {
  while (left-- > 0) await append()
}
await Promise.all(Array.from({ length: Number(clients) }, client)).catch(error => {
  say(`rejected ${error.code}`)
  setTimeout(() => process.exit(70), 50)
})
