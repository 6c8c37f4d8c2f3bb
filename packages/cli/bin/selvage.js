#!/usr/bin/env node
// Committed, so that npm links it before anything is built.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const built = new URL('../dist/main.js', import.meta.url)
if (existsSync(fileURLToPath(built))) await import(built.href)
else {
  process.stderr.write('selvage is not built yet: run `npm start` (or `npm install && npm run build`) first.\n')
  process.exit(69)
}
