import { expect } from 'vitest'
import type { Answer } from './ask.ts'
import type { TwinAnswer } from './twin.ts'

/** Names and types of the columns, and the rows: in order where the statement orders them totally, else as a multiset. */
export function expectSame(governed: Answer, twin: TwinAnswer, ordered: boolean): void {
  expect(governed.columns.map(column => column.name)).toEqual(twin.names)
  expect(governed.columns.map(column => column.type)).toEqual(twin.types)
  const inOrder = (rows: readonly string[]): readonly string[] => (ordered ? rows : rows.toSorted())
  expect(inOrder(governed.rows)).toEqual(inOrder(twin.rows))
}
