/**
 * How much a suite of faults does: `npm run faults -- --crashes N --seed S` sets these. Alone, each suite does a short
 * part of it under a fresh seed, which it prints.
 */
const crashes = Number(process.env.SELVAGE_FAULTS_CRASHES ?? 0)

/** Rounds for a suite that in `npm test` does `short` ones. */
export const scale = (short: number): number => (crashes === 0 ? short : Math.max(short, Math.round((short * crashes) / 20)))

export const runSeed = (): number => Number(process.env.SELVAGE_FAULTS_SEED ?? Date.now() % 1_000_000)
