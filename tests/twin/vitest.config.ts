import { defineConfig } from 'vitest/config'

const conditions = ['source', 'node', 'import', 'default']
/** `npm run twin`: the long run, never part of the tests. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['tests/twin/long.run.ts'],
    testTimeout: 10_800_000,
    hookTimeout: 180_000,
    maxWorkers: 1,
    reporters: ['default'],
    disableConsoleIntercept: true,
  },
})
