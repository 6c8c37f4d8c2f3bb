import type { Target } from '../target.ts'
import { certificateTargets } from './certificate.ts'
import { csvTargets } from './csv.ts'
import { diskTargets } from './disk.ts'
import { doorTargets } from './doors.ts'
import { gateTargets } from './gate.ts'
import { identityTargets } from './identity.ts'
import { ledgerTargets } from './ledger.ts'
import { meshTargets } from './mesh.ts'
import { plantedTargets } from './planted.ts'
import { signalTargets } from './signals.ts'
import { signedTargets } from './signed.ts'
import { sqlTargets } from './sql.ts'

export const plantedNames: readonly string[] = Object.keys(plantedTargets)

const makers: Readonly<Record<string, () => Promise<Target>>> = {
  ...identityTargets,
  ...ledgerTargets,
  ...signalTargets,
  ...signedTargets,
  ...sqlTargets,
  ...certificateTargets,
  ...csvTargets,
  ...gateTargets,
  ...diskTargets,
  ...meshTargets,
  ...doorTargets,
}

export const targetNames: readonly string[] = Object.keys(makers)

export async function openTarget(name: string): Promise<Target> {
  const make = makers[name] ?? plantedTargets[name]
  if (make === undefined) throw new Error(`there is no target ${name}`)
  return make()
}
