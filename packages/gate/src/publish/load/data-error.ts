import type { DataProblem } from '../wire.ts'

/** The data does not fit its contract, so that nothing of it is published. */
export class DataError extends Error {
  readonly problems: readonly DataProblem[]

  constructor(problems: readonly DataProblem[]) {
    super('the data does not fit its contract')
    this.name = 'DataError'
    this.problems = problems
  }
}
