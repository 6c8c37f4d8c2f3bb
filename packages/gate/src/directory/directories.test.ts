import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseMesh } from '@selvage/kernel/contract'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { openDirectories } from './index.ts'
import { directoryBytes } from './read-text.ts'

const issuer = "{ alias: staff, issuer: 'https://staff.example', audience: 'selvage:x', algorithms: [ES256], roles: { ana: analyst } }"
const texts = {
  'mesh.yaml': 'name: small\ndomains: [shop]\n',
  'guardrails/taxonomy.yaml': 'labels: {}\npurposes: {}\nsemanticTypes: {}\nroles: [analyst]\n',
  'guardrails/baseline.yaml': 'require: []\n',
  'domains/shop/domain.yaml': `owner: a@example.org\nissuers: [${issuer}]\n`,
}
const mesh = parseMesh(Object.entries(texts).map(([path, text]) => ({ path, text }))).mesh!
const head = 'issuer: staff\nsource: hr\nobserved: 2026-11-20\npeople:\n'

const dir = mkdtempSync(join(tmpdir(), 'selvage-directory-'))
const path = join(dir, 'directory.yaml')
afterAll(() => rmSync(dir, { recursive: true }))

const logged: unknown[] = []
const open = (...paths: readonly string[]) => openDirectories(paths, (event, attributes) => void logged.push({ event, ...attributes }))
const unavailable = async (...paths: readonly string[]): Promise<unknown> => {
  await expect(open(...paths).read(mesh)).rejects.toMatchObject({ code: 'directory.unavailable' })
  return logged.at(-1)
}

beforeEach(() => {
  rmSync(path, { force: true })
  logged.length = 0
})

describe('the directories of a gate', () => {
  it('are read anew when they change, and once while they do not', async () => {
    writeFileSync(path, `${head}  ana: { roles: [ana] }\n  lee: { issuer: partner }\n`)
    const directories = open(path)
    const first = await directories.read(mesh)
    expect(first.entries.map(({ name }) => name)).toEqual(['ana@staff'])
    expect(first.elsewhere).toBe(1)
    expect(await directories.read(mesh)).toBe(first)
    const [one, two] = await Promise.all([1, 2].map(() => open(path)).flatMap(fresh => [fresh.read(mesh), fresh.read(mesh)]))
    expect(two).toBe(one)
    writeFileSync(path, `${head}  kim: { roles: [ana] }\n`)
    const second = await directories.read(mesh)
    expect(second.entries.map(({ name }) => name)).toEqual(['kim@staff'])
    expect(second.digest).not.toBe(first.digest)
    expect(await directories.read({ ...mesh })).not.toBe(second)
  })

  it('that are wrong in one place are none, and not those of before', async () => {
    writeFileSync(path, `${head}  ana: {}\n`)
    const directories = open(path)
    await directories.read(mesh)
    writeFileSync(path, `${head}  ana: {}\n  secretlogin: { height: 3 }\n`)
    await expect(directories.read(mesh)).rejects.toMatchObject({ code: 'directory.unavailable' })
    expect(logged).toEqual([{ event: 'directory.unavailable', cause: 'yaml.unknown_key at 6:18' }])
  })

  it('none configured; one of two missing; a link, a folder, a device, too long, no UTF-8', async () => {
    writeFileSync(path, `${head}  ana: {}\n`)
    expect(await unavailable()).toMatchObject({ cause: 'none is configured' })
    expect(await unavailable(path, join(dir, 'gone.yaml'))).toMatchObject({ cause: 'ENOENT' })
    const link = join(dir, 'link.yaml')
    symlinkSync(path, link)
    expect(await unavailable(link)).toMatchObject({ cause: 'ELOOP' })
    expect(await unavailable(dir)).toMatchObject({ cause: 'a directory is no regular file' })
    expect(await unavailable('/dev/zero')).toMatchObject({ cause: 'a directory is no regular file' })
    const long = join(dir, 'long.yaml')
    writeFileSync(long, '')
    truncateSync(long, directoryBytes + 1)
    expect(await unavailable(long)).toMatchObject({ cause: `the directory is larger than ${directoryBytes} bytes` })
    const odd = join(dir, 'odd.yaml')
    writeFileSync(odd, Buffer.from([0xff, 0xfe]))
    expect(await unavailable(odd)).toMatchObject({ cause: expect.stringMatching(/^ERR_ENCODING/) })
  })

  it('take turns: who asks later waits, whatever becomes of those before', async () => {
    const directories = open(path)
    const order: number[] = []
    const failed = directories.inTurn(async () => {
      await new Promise(resolve => setTimeout(resolve, 20))
      order.push(1)
      throw new Error('x')
    })
    const second = directories.inTurn(async () => order.push(2))
    await expect(failed).rejects.toThrow('x')
    await second
    expect(order).toEqual([1, 2])
  })
})
