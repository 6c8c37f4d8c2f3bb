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

export const changedFile = (file: string): DataError =>
  new DataError([
    {
      file,
      what: 'the file was changed while it was read',
      help: 'Publish again when it is whole; write it under another name first.',
    },
  ])
