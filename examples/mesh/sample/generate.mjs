// The sample data of the example mesh: `node generate.mjs DIR` writes the same files, headers and types as the real data
// has. Every byte follows from the seeds; nobody in it exists.
import { mkdirSync, realpathSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { censusFiles } from './census.mjs'
import { healthFiles } from './health.mjs'
import { salesFiles } from './sales.mjs'

/** Changes with the bytes that are generated: a data folder of another version is stale. */
export const sampleVersion = 1

/**
 * Writes the data folder and returns what it wrote. A file is complete or not there.
 * @param {string} dir
 * @returns {{ path: string, rows: number, bytes: number }[]}
 */
export function generate(dir) {
  const files = { ...salesFiles(), ...healthFiles(), ...censusFiles() }
  return Object.entries(files).map(([path, text]) => {
    const target = join(dir, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(`${target}.part`, text)
    renameSync(`${target}.part`, target)
    // No value holds a line end, so every line is a row.
    return { path, rows: text.split('\n').length - 2, bytes: Buffer.byteLength(text) }
  })
}

const isScript = process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)
if (isScript) {
  const dir = process.argv[2]
  if (dir === undefined) {
    process.stderr.write('usage: node generate.mjs DIR\n')
    process.exit(64)
  }
  for (const { path, rows, bytes } of generate(dir)) process.stdout.write(`${path}: ${rows} rows, ${bytes} bytes\n`)
}
