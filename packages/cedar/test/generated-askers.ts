import type { Table } from '@selvage/kernel/contract'
import type { Circumstances, Device, Row, Subject } from '@selvage/kernel/policy'
import * as fc from 'fast-check'
import { subject } from './example-mesh.ts'

/** Askers and rows of the example mesh. */

export const stringPool = ['a', 'A', '', 'a*b', 'ab', 'é%_', '706893006']
export const longPool = [-1, 0, 1, 3, 4]

const attributes: fc.Arbitrary<Subject['attributes']> = fc.record(
  {
    employee_id: fc.constantFrom(...longPool, 9007199254740991),
    provider_id: fc.constantFrom(...stringPool),
    trainings: fc.uniqueArray(fc.constantFrom('hipaa', ...stringPool), { maxLength: 3 }),
    remote: fc.boolean(),
  },
  { requiredKeys: [] },
)

const generatedSubject = (kind: Subject['kind']): fc.Arbitrary<Subject> =>
  fc
    .tuple(
      fc.uniqueArray(fc.constantFrom('analyst', 'sales-rep', 'clinician'), { maxLength: 2 }),
      attributes,
      fc.boolean(),
      fc.constantFrom(kind, 'other'),
    )
    .map(([roles, own, group, login]) => ({ ...subject(login, ['everybody', ...roles], own, kind), groups: group ? ['g'] : [] }))

export const generatedAgent = generatedSubject('Agent')

export interface GeneratedAsker {
  readonly subject: Subject
  readonly actors: readonly Subject[]
  readonly purpose: string
  readonly circumstances?: Circumstances
}

const signal = fc.boolean()
const device: fc.Arbitrary<Device> = fc
  .tuple(
    fc.record({
      method: fc.constantFrom('asserted' as const, 'managed' as const, 'attested' as const),
      source: fc.constantFrom('staff', 'mdm', 'é'),
      ageMinutes: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.maxSafeInteger()),
    }),
    fc.record({ managed: signal, encrypted: signal, patched: signal }, { requiredKeys: [] }),
  )
  .map(([known, signals]) => ({ ...known, ...signals }))

export const generatedCircumstances: fc.Arbitrary<Circumstances> = fc
  .tuple(
    fc.constantFrom('bearer' as const, 'dpop' as const, 'mtls' as const),
    fc.subarray(['keys-stale', 'signals-stale']),
    fc.option(device, { nil: undefined }),
  )
  .map(([proof, degraded, known]) => ({ proof, degraded, ...(known === undefined ? {} : { device: known }) }))

export const generatedAsker: fc.Arbitrary<GeneratedAsker> = fc
  .tuple(
    fc.oneof({ weight: 4, arbitrary: generatedSubject('User') }, generatedSubject('Workload')),
    fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(generatedAgent, { maxLength: 2 })),
    fc.constantFrom('analytics', 'fraud-analytics', 'research', 'service-provision'),
    fc.option(generatedCircumstances, { nil: undefined }),
  )
  .map(([who, actors, purpose, circumstances]) => ({
    subject: who,
    actors,
    purpose,
    ...(circumstances === undefined ? {} : { circumstances }),
  }))

/** What a statement may touch beside what is asked about; undefined: there is no statement. */
export const generatedLabels: fc.Arbitrary<readonly string[] | undefined> = fc.option(
  fc.subarray(['internal', 'phi', 'pii', 'pii_email', 'public', 'quasi']),
  { nil: undefined },
)

/** A row in which about a third of the cells are NULL, and many a set empty. */
export function generatedRow(table: Table): fc.Arbitrary<Row> {
  const cells = table.columns.map(column => {
    const value: fc.Arbitrary<string | bigint | boolean> =
      column.type === 'BOOLEAN'
        ? fc.boolean()
        : column.type === 'VARCHAR'
          ? fc.constantFrom(...stringPool)
          : fc.constantFrom(...longPool).map(BigInt)
    return [column.name, fc.option(value, { freq: 2, nil: null })] as const
  })
  const sets = (table.sets ?? []).map(({ name, element }) => {
    const item: fc.Arbitrary<string | bigint> =
      element === 'VARCHAR' ? fc.constantFrom(...stringPool) : fc.constantFrom(...longPool).map(BigInt)
    return [name, fc.uniqueArray(item, { maxLength: 3 })] as const
  })
  return fc.record(Object.fromEntries<fc.Arbitrary<Row[string]>>([...cells, ...sets]))
}
