import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Gate } from '../../packages/gate/src/ports.ts'
import { openStand, type Stand } from '../golden/stand.ts'
import type { Twin } from '../golden/twin.ts'
import type { Property } from './asked.ts'
import { hideMore } from './hidden.ts'
import { Choice, seedOf } from './random.ts'
import { openGate, openTwin, planWorld, type World } from './world.ts'

/** One mesh, open on all sides. */
export interface Open {
  readonly world: World
  readonly gate: Gate
  readonly twin: Twin
  /** For statements that touch `shop.ops`, where rules make a difference of it. */
  readonly beside: Twin
  /** With another database beneath. */
  readonly other?: Gate
  /** That one has more hidden rows of a table than a row group of the engine holds. */
  readonly great: boolean
  /** How many hidden rows it has more. */
  readonly hidden: number
  /** Both gates keep all products strictly: then not even the order of rows may differ. */
  readonly strict: boolean
  /** Stands after each statement: what is rewritten once is remembered by its text, so each weakness needs others. */
  readonly end: string
  /** The twin has one connection. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>
}

/** The mesh of a number; what is in it and beneath it hangs on the seed, the number and `wantsGreat` alone. */
export type OpenMesh = (number: number, wantsGreat: boolean) => Promise<Open>

export interface Meshes {
  readonly properties: readonly Property[]
  readonly seed: number
  readonly strict?: boolean
}

export async function withMeshes({ properties, seed, strict = false }: Meshes, work: (open: OpenMesh) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'selvage-twin-'))
  const stands: Stand[] = []
  const stand = async (dataDir: string): Promise<Stand> => {
    const opened = await openStand({}, { files: [], dataDir })
    stands.push(opened)
    return opened
  }
  const [a, b] = [join(dir, 'a'), join(dir, 'b')]
  try {
    const first = await stand(a)
    const second = properties.includes('noninterference') ? await stand(b) : undefined
    const inForce = strict ? strictly : (gate: Gate): Gate => gate
    await work(async (number, wantsGreat) => {
      const world = planWorld(seed, number)
      const gate = inForce(await openGate(first, a, world))
      const twin = await openTwin(gate, world)
      const beside = world.rules.beside ? await openTwin(gate, world, ['origin/shop/ops']) : twin
      const open = { world, gate, twin, beside, strict, end: '', inTurn: turns() }
      if (second === undefined) return { ...open, great: false, hidden: 0 }
      const { rows, hidden, great } = hideMore(gate, world, new Choice(seedOf(seed, number, -1)), wantsGreat)
      return { ...open, great, hidden, other: inForce(await openGate(second, b, world, rows)) }
    })
  } finally {
    await Promise.all(stands.map(one => one.close()))
    rmSync(dir, { recursive: true, force: true })
  }
}

const withStrict = (gate: Gate, strict: Gate['config']['engine']['strict']): Gate => ({
  ...gate,
  config: { ...gate.config, engine: { ...gate.config.engine, strict } },
})
/** One thread and no join reordering for all products. */
export const strictly = (gate: Gate): Gate => withStrict(gate, ['shop.crm', 'shop.ops'])
export const notStrictly = (gate: Gate): Gate => withStrict(gate, [])

export function closeMesh({ twin, beside }: Open): void {
  twin.close()
  if (beside !== twin) beside.close()
}

/** One piece of work at a time. */
function turns(): Open['inTurn'] {
  let last: Promise<unknown> = Promise.resolve()
  return work => {
    const mine = last.then(work, work)
    last = mine
    return mine
  }
}
