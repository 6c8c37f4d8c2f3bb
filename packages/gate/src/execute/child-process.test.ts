import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { Child, childEnvironment, scriptBeside } from './child-process.ts'
import { encodeFrame, type Frame } from './frame.ts'

const dir = mkdtempSync(join(tmpdir(), 'selvage-child-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
let count = 0

/** Runs a script as a child until it ends. */
function run(
  source: string,
  onFrame: (frame: Frame, child: Child) => void = () => undefined,
  script = join(dir, `child-${count++}.mjs`),
): Promise<{ reason: string; log: string[] }> {
  if (script.startsWith(dir)) writeFileSync(script, source)
  const log: string[] = []
  return new Promise(resolve => {
    const child: Child = new Child({
      name: 'test',
      script,
      frameBound: 1_000,
      heapMb: 64,
      wallMb: 512,
      log: (event, attributes) => log.push(`${event} ${JSON.stringify(attributes)}`),
      onFrame: frame => onFrame(frame, child),
      onExit: reason => setTimeout(() => resolve({ reason, log }), 50),
    })
    child.send(1, { hello: true })
  })
}

const wait = 'setTimeout(() => {}, 10_000)'

it('a child that says what is no frame is ended', async () => {
  expect((await run(`process.stdout.write('┌─────┐ a profile of a query'); ${wait}`)).reason).toMatch(/^broken protocol: a frame of/)
})

it('a child that sends too much is ended before it is gathered', async () => {
  const header = [...encodeFrame(3, Buffer.alloc(1_001)).subarray(0, 5)].join(',')
  expect((await run(`process.stdout.write(Buffer.from([${header}])); ${wait}`)).reason).toMatch(/^broken protocol/)
})

it('a frame that its owner refuses ends the child', async () => {
  const { reason } = await run(`process.stdout.write(Buffer.from([0, 0, 0, 0, 9])); ${wait}`, () => {
    throw new Error('unexpected frame')
  })
  expect(reason).toBe('broken protocol: unexpected frame')
})

it('nothing is heard of a child that was ended', async () => {
  const heard: number[] = []
  await run(`process.stdout.write(Buffer.from([0, 0, 0, 0, 1, 0, 0, 0, 0, 2])); ${wait}`, ({ kind }, child) => {
    heard.push(kind)
    child.kill('enough')
  })
  expect(heard).toEqual([1])
})

it('a child that cannot be started is told, and nothing is thrown', async () => {
  // The kernel takes no argument of that length, and Node throws what it says.
  expect((await run(wait, undefined, `/${'x'.repeat(200_000)}`)).reason).toBe('not started: Error: spawn E2BIG')
})

it('a child has an environment of ours, and nothing of the gate in it, and what it writes to stderr is bounded', async () => {
  const { reason, log } = await run(
    `process.stderr.write(JSON.stringify(Object.entries(process.env).map(entry => entry.join('=')))); for (let i = 0; i < 2_000; i++) process.stderr.write('x'.repeat(100)); process.exitCode = 7`,
  )
  expect(reason).toBe('exit 7')
  expect(log[0]).toContain(JSON.stringify(JSON.stringify([childEnvironment])).slice(1, -1))
  expect(log.join('').length).toBeLessThan(20_000)
})

it('sources start what was built from them', () => {
  expect(scriptBeside('file:///a/src/b/src/execute/pool.ts', './child.js')).toBe(join('/a/src/b/dist/execute/child.js'))
  expect(scriptBeside('file:///a/dist/parser/pool.js', './child.js')).toBe(join('/a/dist/parser/child.js'))
})
