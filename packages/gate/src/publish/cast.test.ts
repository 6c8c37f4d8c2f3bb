import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { ColumnType } from '@selvage/kernel/model'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { typedValue, writtenValue } from './cast.ts'
import { textLiteral } from './sql-text.ts'

let connection: DuckDBConnection
beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run(`SET TimeZone = 'UTC'`)
})
afterAll(() => connection.closeSync())

async function evaluate(sql: string): Promise<unknown> {
  const [row] = (await connection.runAndReadAll(`SELECT (${sql})::VARCHAR`)).getRows()
  return row![0]
}

const good: [ColumnType, string, string][] = [
  ['VARCHAR', ' x ', ' x '],
  ['BIGINT', '9007199254740993', '9007199254740993'],
  ['BIGINT', '-007', '-7'],
  ['HUGEINT', '170141183460469231731687303715884105727', '170141183460469231731687303715884105727'],
  ['TINYINT', '+127', '127'],
  ['DECIMAL(12,2)', '1.5', '1.50'],
  ['DECIMAL(12,2)', '1.5000', '1.50'],
  ['DECIMAL(12,2)', '-.5', '-0.50'],
  ['DECIMAL(5,0)', '12345.0', '12345'],
  ['DOUBLE', '1e3', '1000.0'],
  ['DOUBLE', '-72.67463000000002', '-72.67463000000002'],
  ['DOUBLE', 'NaN', 'nan'],
  ['DOUBLE', '-Infinity', '-inf'],
  ['BOOLEAN', 'TRUE', 'true'],
  ['BOOLEAN', '0', 'false'],
  ['DATE', '2024-02-29', '2024-02-29'],
  ['TIME', '23:59', '23:59:00'],
  ['TIME', '12:30:15.25', '12:30:15.25'],
  ['TIMESTAMP', '2021-01-01T00:00:00', '2021-01-01 00:00:00'],
  ['TIMESTAMP', '2021-01-01 00:00:00Z', '2021-01-01 00:00:00'],
  ['TIMESTAMP', '2021-01-01T00:00:00.1234560', '2021-01-01 00:00:00.123456'],
  ['TIMESTAMP WITH TIME ZONE', '2021-01-01T00:00:00Z', '2021-01-01 00:00:00+00'],
  ['TIMESTAMP WITH TIME ZONE', '2021-01-01T00:00:00', '2021-01-01 00:00:00+00'],
  ['TIMESTAMP WITH TIME ZONE', '2021-01-01T00:00:00+02:00', '2020-12-31 22:00:00+00'],
  ['UUID', '5E765F2B-e908-3888-9fc7-df2cb87beb58', '5e765f2b-e908-3888-9fc7-df2cb87beb58'],
  ['BLOB', 'AGE=', '\\x00a'],
]

// Every one of them is something to the engine's own cast, or looks as if it were.
const bad: [ColumnType, string][] = [
  ['BIGINT', '1.5'],
  ['BIGINT', ' 1'],
  ['BIGINT', '1e3'],
  ['BIGINT', '0x1F'],
  ['BIGINT', '1_000'],
  ['BIGINT', '9223372036854775808'],
  ['TINYINT', '128'],
  ['DECIMAL(12,2)', '1.005'],
  ['DECIMAL(3,1)', '100'],
  ['DECIMAL(12,2)', '1,50'],
  ['DOUBLE', '1e400'],
  ['FLOAT', '1e39'],
  ['DOUBLE', 'infinite'],
  ['DOUBLE', '1,5'],
  ['BOOLEAN', 'yes'],
  ['DATE', '2023-02-29'],
  ['DATE', '2021-1-1'],
  ['DATE', '01/02/2021'],
  ['DATE', '2021-01-01 00:00:00'],
  ['DATE', 'infinity'],
  ['TIME', '24:00:00'],
  ['TIMESTAMP', '2021-01-01'],
  ['TIMESTAMP', '2021-01-01T00:00:00+02:00'],
  ['TIMESTAMP', '2021-01-01T24:00:00'],
  ['TIMESTAMP', '2021-01-01T00:00:00.1234567'],
  ['TIMESTAMP WITH TIME ZONE', '2021-01-01T00:00:00 Europe/Berlin'],
  ['UUID', '5e765f2be90838889fc7df2cb87beb58'],
  ['BLOB', 'AGE'],
  ['BLOB', '\\x00'],
]

describe('typedValue', () => {
  it.each(good)('%s takes %j', async (type, text, value) => {
    expect(await evaluate(typedValue(textLiteral(text), type))).toBe(value)
    expect(await evaluate(writtenValue(textLiteral(text), type))).toBe(value)
  })

  it.each(bad)('%s refuses %j', async (type, text) => {
    expect(await evaluate(typedValue(textLiteral(text), type))).toBeNull()
  })

  it('leaves NULL as it is', async () => {
    for (const [type] of good) expect(await evaluate(typedValue('NULL::VARCHAR', type))).toBeNull()
  })
})
