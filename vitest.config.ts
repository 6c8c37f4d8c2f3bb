import { defineConfig } from 'vitest/config'

// Unit tests read the sources; whatever starts a process of ours runs what `tsc -b` built.
const conditions = ['source', 'node', 'import', 'default']
/** `npm run proof`: adversaries, faults and generators, each for a short while with a fresh seed. */
const proof = ['attack', 'faults', 'fuzz', 'generated', 'soak', 'twin'].map(suite => `tests/${suite}/**/*.test.ts`)
/** `npm run issuers`: issuers that we did not write, fetched and built at first use. */
const issuers = ['tests/issuers/**/*.test.ts']
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: [
      {
        extends: true,
        test: { name: 'tests', include: ['packages/*/src/**/*.test.ts', 'tests/**/*.test.ts'], exclude: [...proof, ...issuers] },
      },
      { extends: true, test: { name: 'proof', include: proof } },
      { extends: true, test: { name: 'issuers', include: issuers, globalSetup: 'tests/issuers/prepare.ts', testTimeout: 120_000 } },
    ],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    reporters: ['default'],
  },
})
