import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PartLog } from './part-log.ts'

test('a disk that is full loses lines of the log, and no more than that', () => {
  const dir = mkdtempSync(join(tmpdir(), 'selvage-part-log-'))
  const path = join(dir, 'part.log')
  symlinkSync('/dev/full', path)
  const log = new PartLog(path)
  log.append(Buffer.from('lost\n'))
  rmSync(path)
  log.append(Buffer.from('kept\n'))
  log.append(Buffer.from('too\n'))
  expect(readFileSync(path, 'utf8')).toBe('kept\ntoo\n')
  log.close()
  rmSync(path)
  mkdirSync(path)
  log.append(Buffer.from('lost\n'))
  rmSync(dir, { recursive: true })
})
