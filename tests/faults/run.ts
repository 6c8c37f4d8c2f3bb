/**
 * How much a suite of faults does: `npm run faults -- --crashes N --seed S` sets these. Alone, each suite does a short
 * part of it under a fresh seed, which it prints.
 */
const crashes = Number(process.env.SELVAGE_FAULTS_CRASHES ?? 0)

export const isLong: boolean = crashes > 0

/** How many of the crashes a suite does that has this share of them, and `short` in `npm run proof`. */
export const crashesOf = (share: number, short: number): number => (isLong ? Math.max(1, Math.round(crashes * share)) : short)

export const runSeed = (): number => Number(process.env.SELVAGE_FAULTS_SEED ?? Date.now() % 1_000_000)

/** Milliseconds that a test of so many crashes may take, beside whatever else the machine does. */
export const patienceFor = (count: number): number => 120_000 + count * 60_000

export const report = (suite: string, figures: object): void =>
  void process.stdout.write(`faults: ${JSON.stringify({ suite, ...figures })}\n`)
