import { defineConfig } from 'vitest/config'

// Unit tests read the sources; whatever starts a process of ours runs what `tsc -b` built.
const conditions = ['source', 'node', 'import', 'default']
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'tests/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    reporters: ['default'],
  },
})
