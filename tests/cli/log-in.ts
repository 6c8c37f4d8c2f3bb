import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { type Ran, root } from '../dev-mesh.ts'

const cli = join(root, 'packages', 'cli', 'bin', 'selvage.js')

/** `selvage login`, and what a person does with the address that it shows. */
export async function logIn(args: readonly string[], answer: (address: URL) => Promise<unknown>): Promise<Ran> {
  const child = spawn(process.execPath, [cli, 'login', ...args], { env: { ...process.env, NO_COLOR: '1' } })
  const ran = { out: '', err: '' }
  child.stdout.on('data', (part: Buffer) => (ran.out += part))
  const ended = new Promise<number | null>(resolve => child.once('close', resolve))
  const address = new Promise<string>((resolve, reject) => {
    child.once('close', () => reject(new Error(`it shows no address: ${ran.err}`)))
    child.stderr.on('data', (part: Buffer) => {
      ran.err += part
      const [, found] = /^Open (\S+)\n.*Waiting/s.exec(ran.err) ?? []
      if (found !== undefined) resolve(found)
    })
  })
  await answer(new URL(await address))
  return { code: await ended, ...ran }
}
