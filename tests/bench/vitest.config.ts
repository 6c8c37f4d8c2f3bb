import { defineConfig } from 'vitest/config'

const conditions = ['source', 'node', 'import', 'default']
/** `npm run bench`: measurements, never part of the tests. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['tests/bench/*.bench.ts'],
    testTimeout: 900_000,
    hookTimeout: 600_000,
    maxWorkers: 1,
    execArgv: ['--expose-gc'],
    reporters: ['default'],
    disableConsoleIntercept: true,
  },
})
