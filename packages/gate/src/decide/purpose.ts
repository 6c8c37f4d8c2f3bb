import { SelvageError } from '@selvage/kernel/model'
import type { Generation } from '../sync/generation.ts'
import type { Known } from './known.ts'

/** Throws `purpose.missing` or `purpose.unknown`. */
export function statedPurpose(purpose: string | undefined, { mesh }: Generation, known: Known): string {
  if (purpose === undefined) throw new SelvageError('purpose.missing', { help: declarableBy(known) })
  if (!mesh.taxonomy.purposes.has(purpose)) throw new SelvageError('purpose.unknown', { help: declarableBy(known) })
  return purpose
}

/** Throws `purpose.not_permitted`. */
export function permitPurpose(purpose: string, known: Known): void {
  if (!known.purposes().includes(purpose)) throw purposeRefused(known)
}

export const purposeRefused = (known: Known): SelvageError => new SelvageError('purpose.not_permitted', { help: declarableBy(known) })

const declarableBy = (known: Known): string => `You may declare: ${known.purposes().join(', ') || 'none'}.`
