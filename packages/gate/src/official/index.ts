import type { ReadPolicies } from '@selvage/cedar'
import type { PolicyText } from '@selvage/kernel/contract'
import { SelvageError } from '@selvage/kernel/model'
import type { CedarSchema } from '@selvage/kernel/policy'
import { Child, type ChildLog, scriptBeside } from '../execute/child-process.ts'
import { parseRead } from './answer.ts'
import { fromOfficial, officialFrameBound, type ReadMessage, toOfficial } from './message.ts'

/** Cedar's own engine, in a process of its own: it may panic, takes long over large sets, and never gives memory back. */
export interface Official {
  /** What it says of a set of policies. Throws `policy.invalid` where it came to no answer. */
  readPolicies(files: readonly PolicyText[], schema: CedarSchema): Promise<ReadPolicies>
}

export interface OfficialOptions {
  /** MiB of JavaScript heap, and what the process may take beside it. */
  readonly memoryMb: number
  readonly overheadMb: number
  readonly timeoutMs: number
  readonly log: ChildLog
}

const script = scriptBeside(import.meta.url, './child.js')

/** Each job has a child to itself, which is gone when it is done. */
export const openOfficial = (options: OfficialOptions): Official => ({
  readPolicies: (files, schema) =>
    new Promise((resolve, reject) => {
      const child = new Child({
        name: 'official',
        script,
        frameBound: officialFrameBound,
        heapMb: options.memoryMb,
        wallMb: options.memoryMb + options.overheadMb,
        log: options.log,
        onFrame: ({ kind, payload }) => {
          if (kind !== fromOfficial.read) throw new Error('an answer to nothing')
          resolve(parseRead(payload))
          child.kill('done')
        },
        onExit: reason => {
          clearTimeout(timer)
          options.log('official.ended', { pid: child.pid, reason })
          reject(
            new SelvageError('policy.invalid', { detail: 'The policy engine did not come to an end with it.', cause: new Error(reason) }),
          )
        },
      })
      const timer = setTimeout(() => child.kill('time'), options.timeoutMs)
      child.send(toOfficial.read, { files, schema } satisfies ReadMessage)
    }),
})
