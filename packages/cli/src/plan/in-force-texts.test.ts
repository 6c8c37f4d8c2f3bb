import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contentDigest, type VerifiedBundle } from '@selvage/bundle'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SignedBundles } from '../apply/signed-bundles.ts'
import type { DevState } from '../state.ts'
import { readInForce } from './in-force-texts.ts'

const keys: Readonly<Record<string, KeyObject>> = {
  centre: generateKeyPairSync('ed25519').privateKey,
  sales: generateKeyPairSync('ed25519').privateKey,
}
let state: string
let server: Server
/** What the gate of sales holds, and what another one has of the centre's. */
const held: { centre?: VerifiedBundle; sales?: VerifiedBundle; elsewhere?: VerifiedBundle } = {}

const sign = (who: string, text: string): ReturnType<SignedBundles['sign']> => {
  const path = who === 'centre' ? 'mesh.yaml' : `domains/${who}/domain.yaml`
  return new SignedBundles(state, who, keys[who]!).sign(
    { files: [{ path, text }], variables: {} },
    { mesh: 'm', now: Date.parse('2026-11-26T12:00:00.000Z') },
  )
}

const statusOf = (bundle: VerifiedBundle | undefined): object | null =>
  bundle === undefined ? null : { version: bundle.version, digest: bundle.digest, content: contentDigest(bundle), expires: bundle.expires }

beforeEach(async () => {
  state = mkdtempSync(join(tmpdir(), 'selvage-in-force-'))
  mkdirSync(join(state, 'signers'))
  for (const [who, key] of Object.entries(keys))
    writeFileSync(join(state, 'signers', `${who}.pem`), key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  server = createServer((request, reply) => {
    if (request.url === '/v1/bundles/centre') return void reply.writeHead(503).end()
    const centre = request.url?.startsWith('/elsewhere/') ? held.elsewhere : held.centre
    reply.end(JSON.stringify({ centre: statusOf(centre), domain: statusOf(held.sales), active: null, refused: [] }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})
afterEach(() => {
  server.close()
  server.closeAllConnections()
  rmSync(state, { recursive: true })
})

const textsOf = async (running = true, domains: readonly string[] = ['sales']): Promise<readonly string[] | undefined> => {
  const http = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const gates = { sales: { http }, ...(held.elsewhere === undefined ? {} : { health: { http: `${http}/elsewhere` } }) }
  const mesh = { mesh: 'm', control: http, gates } as unknown as DevState
  const found = await readInForce({ state, keys: join(state, 'signers'), ...(running ? { running: mesh } : {}) }, domains)
  expect(found?.digests.get('sales') ?? null).toBe(
    found?.texts.files[1] === undefined ? null : contentDigest({ files: [found.texts.files[1]], variables: {} }),
  )
  return found?.texts.files.map(({ text }) => text)
}

test('what a gate refused is not in force, though it was signed last', async () => {
  held.centre = sign('centre', 'mesh').bundle
  held.sales = sign('sales', 'taken').bundle
  sign('sales', 'refused')
  expect(await textsOf()).toEqual(['mesh', 'taken'])
  held.sales = sign('sales', 'taken again').bundle
  expect(await textsOf()).toEqual(['mesh', 'taken again'])
})

test('of the centre it is what the gates took, and nothing is said where they took different rules', async () => {
  held.sales = sign('sales', 'taken').bundle
  held.centre = held.elsewhere = sign('centre', 'mesh').bundle
  const next = sign('centre', 'refused').bundle
  expect(await textsOf(true)).toEqual(['mesh', 'taken'])
  held.elsewhere = next
  await expect(textsOf()).rejects.toThrow('the gates do not hold the same rules of the centre: sales version 1, health version 2')
  delete held.elsewhere
})

test('without a mesh that runs it is what was signed last', async () => {
  sign('centre', 'mesh')
  sign('sales', 'taken')
  sign('sales', 'refused')
  expect(await textsOf(false)).toEqual(['mesh', 'refused'])
})

test('of a signer of whom nothing is held, or who is new, there is nothing', async () => {
  held.centre = sign('centre', 'mesh').bundle
  delete held.sales
  sign('sales', 'refused')
  expect(await textsOf(true, ['sales', 'health'])).toEqual(['mesh'])
  delete held.centre
  expect(await textsOf()).toBeUndefined()
})

test('what was signed elsewhere is told as such, and not taken for what was signed here', async () => {
  held.centre = sign('centre', 'mesh').bundle
  held.sales = sign('sales', 'taken').bundle
  rmSync(join(state, 'signed', 'sales'), { recursive: true })
  sign('sales', 'mine')
  await expect(textsOf()).rejects.toThrow('version 1 of sales is in force, and its texts are not kept here')
  rmSync(join(state, 'signers', 'sales.pem'))
  await expect(textsOf()).rejects.toThrow('version 1 of sales is in force, and its texts are not kept here')
})
