import { totalmem } from 'node:os'
import { CommandError } from '../exit.ts'

/** What a gate of `selvage dev` is configured with: its share of the machine's memory, in MiB. */
export interface GateMemory {
  readonly memoryMb: number
  readonly engine: { readonly children: number; readonly memoryMb: number; readonly overheadMb: number }
  readonly parser: { readonly children: number; readonly memoryMb: number; readonly overheadMb: number }
  readonly official: { readonly memoryMb: number; readonly overheadMb: number }
}

/** What decides at the gates: ours, or Cedar's official engine row by row. */
export const policyEngines = ['selvage', 'wasm'] as const
export type PolicyEngine = (typeof policyEngines)[number]

/** Beside the engine's own memory in a child: at least, and where there is as much. */
const overhead = { leastMb: 320, mostMb: 384 }
const parserMemory = { memoryMb: 128, overheadMb: 256 }
/** For some hundred policies. */
const leastOfficial = { memoryMb: 64, overheadMb: 128 }
/** The engine's own memory in a child: never more, however much there is. */
const mostMb = 512

/** From the best to the least that a gate may be: children, and what the engine's own memory in each must be at least. */
const sizes = [
  { engines: 3, parsers: 2, atLeastMb: 192, official: { memoryMb: 192, overheadMb: 320 } },
  { engines: 2, parsers: 2, atLeastMb: 128, official: { memoryMb: 96, overheadMb: 160 } },
  { engines: 2, parsers: 1, atLeastMb: 64, official: leastOfficial },
  { engines: 1, parsers: 1, atLeastMb: 64, official: leastOfficial },
]

const sum = ({ memoryMb: own, overheadMb: beside }: GateMemory['official']): number => own + beside

/** Three quarters of what the machine has, and no more than 8 GiB. */
export const defaultMemoryMb = (): number => Math.min(8_192, Math.floor((totalmem() / 1_048_576) * 0.75))

/**
 * Divides one bound between the gates, whose children together never take more than `totalMb`. Throws a usage error where it is too
 * little for that many gates.
 */
export function divideMemory(totalMb: number, gates: number, policyEngine: PolicyEngine = 'selvage'): GateMemory {
  // The one that decides is a second child beside the one that proves bundles.
  const officials = policyEngine === 'wasm' ? 2 : 1
  const memoryMb = Math.floor(totalMb / Math.max(1, gates))
  for (const { engines, parsers, atLeastMb, official } of sizes) {
    const left = memoryMb - parsers * sum(parserMemory) - officials * sum(official)
    const childMb = Math.floor(left / engines)
    const engineMb = Math.min(mostMb, childMb - overhead.leastMb)
    if (engineMb < atLeastMb) continue
    return {
      memoryMb,
      engine: { children: engines, memoryMb: engineMb, overheadMb: Math.min(overhead.mostMb, childMb - engineMb) },
      parser: { children: parsers, ...parserMemory },
      official,
    }
  }
  const least = gates * (sum(parserMemory) + officials * sum(leastOfficial) + overhead.leastMb + 64)
  throw new CommandError('usage', `${totalMb} MiB are too little for the children of ${gates} gates`, {
    help: `Give at least ${least} with --memory, or run fewer domains.`,
  })
}
