import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const built = (path: string): string => JSON.stringify(fileURLToPath(new URL(`../../dist/${path}`, import.meta.url)))

/** As a gate's: one parser child is there when the descriptors run out, and three more texts are to be read. */
const gate = `
  import { closeSync, openSync } from 'node:fs'
  const { openParser } = await import(${built('parser/index.js')})
  const { parserConfig } = await import(${built('config.js')})
  const pool = children => openParser({ ...parserConfig.parse({ children, perSubject: { running: children } }), log: event => { if (event === 'parser.started') tries++ } })
  let tries = 0
  const outcome = promise => promise.then(() => 'read', error => error.code ?? String(error))
  const said = {}
  const full = []
  const busy = pool(2)
  const none = pool(1)
  await busy.parse('SELECT 1')
  for (;;) try { full.push(openSync('/dev/null')) } catch { break }
  tries = 0
  said.beside = await Promise.all(['SELECT 2', 'SELECT 3', 'SELECT ' + '4, '.repeat(3_000) + '4'].map(sql => outcome(busy.parse(sql))))
  said.tries = tries
  said.alone = await outcome(none.parse('SELECT 5'))
  for (const one of full) closeSync(one)
  said.after = await outcome(none.parse('SELECT 6'))
  await Promise.all([busy.close(), none.close()])
  console.log(JSON.stringify(said))
`

it('without descriptors for another child those that are there go on, nobody waits for ever, and later one is started', () => {
  const ran = spawnSync('/bin/sh', ['-c', 'ulimit -n 500; exec "$0" "$@"', process.execPath, '--input-type=module', '--eval', gate], {
    encoding: 'utf8',
    timeout: 20_000,
  })
  expect(ran.stderr).toBe('')
  const { tries, ...said } = JSON.parse(ran.stdout) as { tries: number }
  expect(said).toEqual({ beside: ['read', 'read', 'read'], alone: 'engine.unavailable', after: 'read' })
  // Tried at each chance there were 8 and more; so it is once in half a second.
  expect(tries).toBeLessThan(5)
})
