export { type Engine, type EngineOptions, type Job, openEngine } from './pool.ts'
export type { Running } from './statement.ts'
