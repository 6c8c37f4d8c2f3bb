// docs/errors.md from the built error table. Without arguments: writes it. `--check`: says whether it is the same.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { errorTable } from '../packages/kernel/dist/model/errors.js'

const errorsPage = fileURLToPath(new URL('../docs/errors.md', import.meta.url))

const cell = text => text.replaceAll('|', '\\|')
const line = ([code, { http, sqlstate, title, help, retry }]) =>
  `| \`${code}\` | ${http} | ${sqlstate} | ${retry ? 'yes' : 'no'} | ${cell(title)} | ${cell(help)} |`

const renderErrors = () =>
  [
    '# Errors',
    '',
    'Generated from `packages/kernel/src/model/errors.ts` by `node scripts/errors-doc.mjs`. A code never changes its meaning.',
    '"Again" says whether the same request may succeed later, unchanged.',
    '',
    '| code | HTTP | SQLSTATE | again | meaning | help |',
    '|---|---|---|---|---|---|',
    ...Object.entries(errorTable).map(line),
    '',
  ].join('\n')

if (process.argv.includes('--check')) {
  const same = readFileSync(errorsPage, 'utf8') === renderErrors()
  if (!same) process.stderr.write('docs/errors.md is not what the table gives: run `node scripts/errors-doc.mjs`\n')
  process.exit(same ? 0 : 1)
}
writeFileSync(errorsPage, renderErrors())
