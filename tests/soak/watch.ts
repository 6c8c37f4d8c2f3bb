import { readdirSync } from 'node:fs'
import { memoryBelow } from '../bench/memory.ts'
import type { DevMesh } from '../dev-mesh.ts'

interface Sample {
  readonly at: number
  /** MiB, proportional set size. */
  readonly pss: number
  readonly descriptors: number
}

/** What may be gained over a whole run, by a line fitted through all samples but the first quarter: warming up is none. */
const tolerated = { pss: (mean: number) => Math.max(24, mean * 0.15), descriptors: () => 16 }

/** Memory and descriptors of each lasting process of a mesh, sampled while it runs. Children that are killed on purpose are left out. */
export class Watch {
  readonly #mesh: DevMesh
  readonly #samples = new Map<string, Sample[]>()
  readonly #timer: NodeJS.Timeout

  constructor(mesh: DevMesh, everyMs: number) {
    this.#mesh = mesh
    this.#timer = setInterval(() => this.#sample(), everyMs)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#sample()
  }

  trend(): { readonly figures: Record<string, object>; readonly rising: readonly string[] } {
    const rising: string[] = []
    const figures: Record<string, object> = {}
    for (const [name, all] of this.#samples) {
      const settled = all.slice(Math.floor(all.length / 4))
      const pss = gain(settled, sample => sample.pss)
      const descriptors = gain(settled, sample => sample.descriptors)
      figures[name] = { pssMiB: pss, descriptors }
      if (pss.gained > tolerated.pss(pss.mean)) rising.push(`${name} memory`)
      if (descriptors.gained > tolerated.descriptors()) rising.push(`${name} descriptors`)
    }
    return { figures, rising }
  }

  #sample(): void {
    for (const { pid, arguments: words, pss } of memoryBelow(this.#mesh.process.pid!)) {
      const name = nameOf(words)
      const descriptors = countDescriptors(pid)
      if (name === undefined || descriptors === undefined) continue
      const list = this.#samples.get(name) ?? []
      list.push({ at: Date.now(), pss: pss / 1024, descriptors })
      this.#samples.set(name, list)
    }
  }
}

function nameOf(words: readonly string[]): string | undefined {
  const config = words.find(word => word.includes('/config/'))
  // Control and the issuers are killed, too: what is new is not what grew.
  if (config !== undefined) return /config\/(gate-\w+)\.json$/.exec(config)?.[1]
  return words.includes('dev') ? 'selvage dev' : undefined
}

function countDescriptors(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return undefined
  }
}

/** Least squares: what the line gains from the first sample to the last. */
function gain(samples: readonly Sample[], of: (sample: Sample) => number): { mean: number; gained: number } {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
  const [meanAt, meanOf] = [mean(samples.map(({ at }) => at)), mean(samples.map(of))]
  const spread = samples.reduce((sum, { at }) => sum + (at - meanAt) ** 2, 0)
  const slope = spread === 0 ? 0 : samples.reduce((sum, sample) => sum + (sample.at - meanAt) * (of(sample) - meanOf), 0) / spread
  const span = (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0)
  return { mean: Math.round(meanOf), gained: Math.round(slope * span) }
}
