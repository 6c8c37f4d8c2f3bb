// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders are those of a mesh tree.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ColumnType, isIntegerType, isName, isNumericType, type Name, productId, tableId } from '../model/index.ts'
import { isPlainText } from './characters.ts'
import { type ParsedMesh, parseMesh } from './parse-mesh.ts'
import type { Bound, Column, Product, QualityCheck, QualityRule, Table } from './product.ts'
import { writeContract } from './write-contract.ts'

const path = 'domains/shop/products/crm/contract.odcs.yaml'
const files = [
  { path: 'mesh.yaml', text: 'name: small\ndomains: [shop]\nvariables: { A: b }\n' },
  {
    path: 'guardrails/taxonomy.yaml',
    text: `labels:
  open: { classification: true, kind: releasing }
  shut: { classification: true, kind: restricting }
  pii: { kind: restricting }
  "no": { kind: restricting }
  x-1: { kind: releasing, parents: [pii] }
semanticTypes: { email: {}, age: {} }
`,
  },
  { path: 'guardrails/baseline.yaml', text: 'require: []\n' },
  { path: 'domains/shop/domain.yaml', text: 'owner: shop\n' },
]
const parse = (text: string): ParsedMesh => parseMesh([...files, { path, text }])
const domain = 'shop' as Name
const id = productId(domain, 'crm' as Name)

const text = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }),
    fc.constantFrom(
      '1',
      'no',
      '~',
      '- a',
      'a: b',
      '# x',
      "it's",
      '"',
      ' lead',
      'trail ',
      'two\nlines\n',
      '${A}',
      '$${A}',
      '$',
      '*a',
      '&a',
      '!t',
      '{{x}}',
      '0x1F',
      '1e3',
      '2021-01-01',
      '漢字',
      '\t',
      '|',
      '>-',
      '%a',
      '@a',
      '`',
    ),
  )
  .filter(value => isPlainText(value) && value !== '')
const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,9}$/).filter(isName)
const count = fc.integer({ min: 0, max: 1_000_000 })
const optional = <T>(key: string, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.option(arbitrary, { nil: undefined }).map((value): Record<string, T> => (value === undefined ? {} : { [key]: value }))

const bound: fc.Arbitrary<Bound> = fc
  .record({
    operator: fc.constantFrom(
      'mustBe',
      'mustNotBe',
      'mustBeGreaterThan',
      'mustBeGreaterOrEqualTo',
      'mustBeLessThan',
      'mustBeLessOrEqualTo',
      'mustBeBetween',
      'mustNotBeBetween',
    ),
    low: count,
    more: fc.integer({ min: 1, max: 10 }),
    unit: fc.constantFrom('rows', 'percent'),
  })
  .map(({ operator, low, more, unit }) => ({ operator, unit, value: operator.endsWith('Between') ? [low, low + more] : low + more / 8 }))

const lengths = fc
  .tuple(count, count)
  .chain(([a, b]) => fc.tuple(optional('minLength', fc.constant(Math.min(a, b))), optional('maxLength', fc.constant(Math.max(a, b)))))
const pattern = fc.constantFrom('^[a-z]+$', '^\\d{3}-\\d{2}$', "^'$", '#', '^$')
const distinctTexts = fc.uniqueArray(text, { minLength: 1, maxLength: 4 })

function columnCheck(column: Name, type: ColumnType): fc.Arbitrary<QualityCheck> {
  const columns = [column]
  const validity = fc
    .tuple(optional('validValues', distinctTexts), optional('pattern', pattern), lengths)
    .map(([values, shape, [low, high]]) => ({ ...values, ...shape, ...low, ...high }))
  return fc.oneof(
    fc.record({ kind: fc.constantFrom('nullValues', 'duplicateValues'), columns: fc.constant(columns), bound }),
    fc.record({ kind: fc.constant('missingValues'), columns: fc.constant(columns), missing: fc.array(text, { maxLength: 3 }), bound }),
    fc
      .tuple(
        validity.filter(given => Object.keys(given).length > 0),
        bound,
      )
      .map(([given, own]): QualityCheck => ({ kind: 'invalidValues', column, bound: own, ...given })),
    fc.record({ kind: fc.constant('shown'), type: fc.constant('text'), text }),
    fc.record({ kind: fc.constant('shown'), type: fc.constant('sql'), text, bound }),
    ...(type === 'VARCHAR'
      ? [fc.record({ kind: fc.constant('checkDigit'), column: fc.constant(column), scheme: fc.constantFrom('snomed', 'luhn') })]
      : []),
  ) as fc.Arbitrary<QualityCheck>
}

const tableCheck = (columns: readonly Name[]): fc.Arbitrary<QualityCheck> =>
  fc.oneof(
    fc.record({ kind: fc.constant('rowCount' as const), columns: fc.constant([]), bound }),
    fc.record({
      kind: fc.constantFrom('nullValues' as const, 'duplicateValues' as const),
      columns: fc.subarray([...columns], { minLength: 1 }),
      bound,
    }),
  )

const rules = (check: fc.Arbitrary<QualityCheck>): fc.Arbitrary<QualityRule[]> =>
  fc.uniqueArray(fc.record({ name: text, severity: fc.constantFrom('error', 'warning'), check }), {
    maxLength: 2,
    selector: rule => rule.name,
  })

const types: ColumnType[] = [
  'VARCHAR',
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'HUGEINT',
  'FLOAT',
  'DOUBLE',
  'DATE',
  'TIME',
  'TIMESTAMP',
  'TIMESTAMP WITH TIME ZONE',
  'UUID',
  'BLOB',
  'DECIMAL(10,2)',
  'DECIMAL(38,0)',
]
const labels = fc.subarray(['pii', 'no', 'x-1'])

function options(type: ColumnType): fc.Arbitrary<Column['options']> {
  const parts: fc.Arbitrary<object>[] = []
  if (type === 'VARCHAR' || isIntegerType(type)) parts.push(optional('enum', distinctTexts))
  if (type === 'VARCHAR')
    parts.push(
      optional('pattern', pattern),
      lengths.map(([low, high]) => ({ ...low, ...high })),
    )
  if (isNumericType(type)) parts.push(optional('minimum', fc.integer({ min: -5, max: 0 })), optional('maximum', count))
  return fc.tuple(...parts).map(given => Object.assign({}, ...given) as Column['options'])
}

function columnOf(own: Name): fc.Arbitrary<Column> {
  return fc.constantFrom(...types).chain(type =>
    fc
      .record({
        head: fc.constant({ name: own, physicalName: own as string, type }),
        physicalName: fc.option(text, { nil: undefined }),
        required: fc.boolean(),
        unique: fc.boolean(),
        labels,
        quality: rules(columnCheck(own, type)),
        options: options(type),
        rest: fc.tuple(
          optional('description', text),
          optional('classification', fc.constantFrom('open', 'shut')),
          optional('semanticType', fc.constantFrom('email', 'age')),
        ),
      })
      .map(
        ({ head, physicalName, rest, ...column }): Column =>
          ({
            ...head,
            ...(physicalName === undefined ? {} : { physicalName: `${own} ${physicalName}` }),
            ...column,
            ...rest[0],
            ...rest[1],
            ...rest[2],
          }) as Column,
      ),
  )
}

const tableOf = (own: Name): fc.Arbitrary<Table> =>
  fc.uniqueArray(name, { minLength: 1, maxLength: 5 }).chain(names =>
    fc
      .record({
        columns: fc.tuple(...names.map(columnOf)),
        labels,
        primaryKey: fc.shuffledSubarray(names),
        quality: rules(tableCheck(names)),
        rest: fc.tuple(optional('description', text), optional('subject', fc.constantFrom(...names))),
        physicalName: fc.constantFrom(own, `${own}-1`, `${own} é`),
      })
      .map(({ rest, ...table }) => ({ id: tableId(id, own), name: own, ...table, ...rest[0], ...rest[1] })),
  )

const product: fc.Arbitrary<Product> = fc
  .record({
    tables: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }).chain(names => fc.tuple(...names.map(tableOf))),
    labels,
    version: fc.oneof(fc.constantFrom('1.0.0', '1.0', '01', 'v2', 'no'), text),
    rest: fc.tuple(optional('title', text), optional('description', text)),
    source: optional(
      'source',
      fc.record({
        kind: fc.constant('csv' as const),
        path: fc.constantFrom('shop/{table}.csv', '{table}'),
        delimiter: fc.constantFrom(',', ';', '\t', '|'),
      }),
    ),
  })
  .map(({ rest, source, ...own }) => ({ id, domain, name: 'crm' as Name, ...own, ...rest[0], ...rest[1], ...source, text: '', path }))

describe('writeContract', () => {
  it('writes what reads as the same product', () => {
    fc.assert(
      fc.property(product, given => {
        const written = writeContract(given)
        const { mesh, findings } = parse(written)
        expect(findings.filter(finding => finding.code !== 'contract.rule_not_run' && finding.code !== 'contract.tag_like_label')).toEqual(
          [],
        )
        expect(mesh?.domains[0]?.products[0]).toEqual({ ...given, text: written })
        expect(writeContract(mesh!.domains[0]!.products[0]!)).toBe(written)
      }),
      { numRuns: 500 },
    )
  })
})
