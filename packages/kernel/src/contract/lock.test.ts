import { describe, expect, test } from 'vitest'
import { formatLock, type Label, type Purpose, parseLock, type Taxonomy, withinLock } from './index.ts'

const label = (name: string, kind: Label['kind'], parents: readonly string[] = []): [string, Label] => [
  name,
  { name, kind, parents, classification: false },
]
const purpose = (name: string, parents: readonly string[] = []): [string, Purpose] => [
  name,
  { name, iri: `https://example.org/${name}`, parents },
]
const taxonomy = (labels: [string, Label][], purposes: [string, Purpose][]): Taxonomy => ({
  labels: new Map(labels),
  purposes: new Map(purposes),
  semanticTypes: new Map(),
  subjectAttributes: new Map(),
  roles: [],
  groups: [],
})
const signed = taxonomy(
  [label('open', 'releasing'), label('pii', 'restricting'), label('email', 'restricting', ['pii'])],
  [purpose('service'), purpose('support', ['service'])],
)
const lock = parseLock(formatLock(signed))

describe('what the centre changes after a domain signed', () => {
  test('changes nothing where nothing changed', () => {
    expect(withinLock(signed, lock)).toEqual(signed)
  })

  test('a purpose put below another is not below it in the domain', () => {
    const widened = taxonomy([...signed.labels], [...signed.purposes, purpose('advertising', ['service'])])
    expect(withinLock(widened, lock).purposes.get('advertising')?.parents).toEqual([])
    expect(withinLock(widened, lock).purposes.get('support')?.parents).toEqual(['service'])
  })

  test('a label put below a releasing one is not below it in the domain; below a restricting one it is', () => {
    const changed = taxonomy(
      [
        label('open', 'releasing'),
        label('pii', 'restricting'),
        label('email', 'restricting', ['pii', 'open']),
        label('phone', 'restricting', ['pii']),
      ],
      [],
    )
    expect(withinLock(changed, lock).labels.get('email')?.parents).toEqual(['pii'])
    expect(withinLock(changed, lock).labels.get('phone')?.parents).toEqual(['pii'])
  })

  test('without a lock nothing stands below anything that could widen', () => {
    expect(withinLock(signed, undefined).purposes.get('support')?.parents).toEqual([])
    expect(withinLock(signed, undefined).labels.get('email')?.parents).toEqual(['pii'])
  })

  test.each([
    '{"labels":[],"purposes":{}}',
    '{"labels":{},"purposes":[[]]}',
    '',
    '[]',
    '{"labels":{}}',
    '{"labels":{},"purposes":{"a":[1]}}',
    'null',
  ])('%s is no lock', text => {
    expect(() => parseLock(text)).toThrow()
  })
})
