import type { ColumnType } from '../model/index.ts'
import type { Fields } from './fields.ts'
import { quoted } from './report.ts'

type LogicalType = 'string' | 'integer' | 'number' | 'date' | 'timestamp' | 'time' | 'boolean'

/** What each logical type is where no physical type says more. */
const defaults: Readonly<Record<LogicalType, ColumnType>> = {
  string: 'VARCHAR',
  integer: 'BIGINT',
  number: 'DOUBLE',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  time: 'TIME',
  boolean: 'BOOLEAN',
}
const isLogicalType = (text: string): text is LogicalType => Object.hasOwn(defaults, text)
const nested = ['object', 'array', 'map', 'vector']

/** The physical types that are understood, as databases name them. */
const physicalTypes: Readonly<Record<LogicalType, Readonly<Partial<Record<ColumnType, readonly string[]>>>>> = {
  string: {
    VARCHAR: ['VARCHAR', 'TEXT', 'STRING', 'CHAR', 'CHARACTER', 'CHARACTER VARYING', 'NVARCHAR', 'NCHAR', 'BPCHAR', 'CLOB'],
    UUID: ['UUID'],
    BLOB: ['BLOB', 'BYTEA', 'BINARY', 'VARBINARY'],
  },
  integer: {
    TINYINT: ['TINYINT'],
    SMALLINT: ['SMALLINT', 'INT2'],
    INTEGER: ['INTEGER', 'INT', 'INT4'],
    BIGINT: ['BIGINT', 'INT8', 'LONG'],
    HUGEINT: ['HUGEINT'],
  },
  number: { FLOAT: ['FLOAT', 'REAL', 'FLOAT4'], DOUBLE: ['DOUBLE', 'DOUBLE PRECISION', 'FLOAT8', 'FLOAT64'] },
  date: { DATE: ['DATE'] },
  timestamp: {
    TIMESTAMP: ['TIMESTAMP', 'TIMESTAMP WITHOUT TIME ZONE', 'TIMESTAMP_NTZ', 'DATETIME'],
    'TIMESTAMP WITH TIME ZONE': ['TIMESTAMP WITH TIME ZONE', 'TIMESTAMPTZ', 'TIMESTAMP_TZ'],
  },
  time: { TIME: ['TIME'] },
  boolean: { BOOLEAN: ['BOOLEAN', 'BOOL'] },
}

/** `logicalType`, `physicalType` and the option `timezone` together; undefined after a finding. */
export function parseColumnType(fields: Fields, options: Fields | undefined): ColumnType | undefined {
  const logical = fields.text('logicalType')
  const physical = fields.text('physicalType')
  const { report } = fields
  if (logical !== undefined && nested.includes(logical.text)) {
    report('contract.nested_type', logical.place, `the type ${quoted(logical.text)} is not read yet`)
    return undefined
  }
  if (logical !== undefined && !isLogicalType(logical.text)) {
    report('contract.type', logical.place, `${quoted(logical.text)} is no logical type`)
    return undefined
  }
  const zoned = options?.boolean('timezone')
  const fits = (logical === undefined ? Object.keys(defaults) : [logical.text]).filter(isLogicalType)
  const type =
    physical === undefined ? withZone(logical && defaults[logical.text as LogicalType], zoned) : findPhysical(physical.text, fits)
  const contradiction = zoned !== undefined && physical !== undefined && type !== withZone(type, zoned)
  if (type !== undefined && !contradiction) return type
  report('contract.type', physical?.place ?? fields.place, unfit(logical?.text, physical?.text))
  return undefined
}

function withZone(type: ColumnType | undefined, zoned: boolean | undefined): ColumnType | undefined {
  if (zoned === undefined || (type !== 'TIMESTAMP' && type !== 'TIMESTAMP WITH TIME ZONE')) return type
  return zoned ? 'TIMESTAMP WITH TIME ZONE' : 'TIMESTAMP'
}

function unfit(logical: string | undefined, physical: string | undefined): string {
  if (physical === undefined) return 'the column has no type'
  return `the physical type ${quoted(physical)} ${logical === undefined ? 'is not understood' : `does not fit the type ${quoted(logical)} and its options`}`
}

function findPhysical(text: string, logicals: readonly LogicalType[]): ColumnType | undefined {
  const parts = /^([A-Za-z_][A-Za-z0-9_]*(?: +[A-Za-z]+)*) *(?:\(([^()]*)\))?( +[A-Za-z ]+)?$/.exec(text.trim())
  if (parts === null) return undefined
  const name = `${parts[1]}${parts[3] ?? ''}`.toUpperCase().replace(/ +/g, ' ').trim()
  for (const logical of logicals) {
    const type =
      logical === 'number' ? (findDecimal(name, parts[2]) ?? findIn('number', name) ?? findIn('integer', name)) : findIn(logical, name)
    if (type !== undefined) return type
  }
  return undefined
}

function findIn(logical: LogicalType, name: string): ColumnType | undefined {
  const found = Object.entries(physicalTypes[logical]).find(([, names]) => names?.includes(name))
  return found?.[0] as ColumnType | undefined
}

/** Precision and scale are asked for: engines differ in what they are when left out. */
function findDecimal(name: string, argumentsText: string | undefined): ColumnType | undefined {
  const parts = /^ *(\d{1,2}) *(?:, *(\d{1,2}) *)?$/.exec(argumentsText ?? '')
  if (!['DECIMAL', 'NUMERIC', 'NUMBER'].includes(name) || parts === null) return undefined
  const precision = Number(parts[1])
  const scale = Number(parts[2] ?? 0)
  return precision >= 1 && precision <= 38 && scale <= precision ? `DECIMAL(${precision},${scale})` : undefined
}

/** The ODCS words for a type: `parseColumnType` read backwards. */
export function writeColumnType(type: ColumnType): { logicalType: LogicalType; physicalType?: string; timezone?: boolean } {
  if (type === 'TIMESTAMP WITH TIME ZONE') return { logicalType: 'timestamp', timezone: true }
  if (type.startsWith('DECIMAL')) return { logicalType: 'number', physicalType: type }
  const logicalType = Object.keys(defaults)
    .filter(isLogicalType)
    .find(logical => physicalTypes[logical][type] !== undefined)!
  return defaults[logicalType] === type ? { logicalType } : { logicalType, physicalType: type }
}
