import type { Column } from '@selvage/kernel/contract'
import { splitHeader } from '../csv/header.ts'
import type { DataProblem, TableJob } from '../wire.ts'
import { DataError } from './data-error.ts'

export interface ColumnMap {
  /** For each column of the contract, in its order, the field of the file. */
  readonly fields: readonly number[]
  /** Fields that the header has. */
  readonly width: number
}

const otherDelimiters = [',', ';', '\t', '|', ':']

/** Finds each column of the contract in the header. Throws CsvFault, and DataError with all that is missing. */
export function mapColumns({ table, shown, delimiter }: TableJob, line: string): ColumnMap {
  const used = findDelimiter(table.columns, line, delimiter)
  if (used !== undefined) throw new DataError([wrongDelimiter(shown, line, used, delimiter)])
  const header = splitHeader(line, delimiter)
  const problems = [
    ...table.columns.filter(column => !header.includes(column.physicalName)).map(column => missingColumn(column, header, shown)),
    ...table.columns.filter(column => isTwice(column, header)).map(column => doubleColumn(column, shown)),
  ]
  if (problems.length > 0) throw new DataError(problems)
  return { fields: table.columns.map(column => header.indexOf(column.physicalName)), width: header.length }
}

/** Another delimiter under which the line names more columns of the contract. */
function findDelimiter(columns: readonly Column[], line: string, delimiter: string): string | undefined {
  const known = (candidate: string): number => {
    const fields = new Set(fieldsOf(line, candidate))
    return columns.filter(column => fields.has(column.physicalName)).length
  }
  const now = known(delimiter)
  if (now === columns.length) return undefined
  return otherDelimiters.find(candidate => candidate !== delimiter && line.includes(candidate) && known(candidate) > now)
}

function fieldsOf(line: string, delimiter: string): readonly string[] {
  try {
    return splitHeader(line, delimiter)
  } catch {
    return []
  }
}

const wrongDelimiter = (file: string, line: string, used: string, delimiter: string): DataProblem => ({
  file,
  line: 1,
  byte: Buffer.byteLength(line.slice(0, line.indexOf(used))) + 1,
  what: `the fields are separated by ${nameOf(used)}, the contract says ${nameOf(delimiter)}`,
  help: 'Set `selvageDelimiter` at the contract’s server, or export the file again.',
})

const nameOf = (delimiter: string): string => (delimiter === '\t' ? 'tabs' : `\`${delimiter}\``)
const loose = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')
const isTwice = ({ physicalName }: Column, header: readonly string[]): boolean =>
  header.indexOf(physicalName) !== header.lastIndexOf(physicalName)

/** The header is not repeated in the message: in a file without one it would be data. */
function missingColumn(column: Column, header: readonly string[], file: string): DataProblem {
  const near = header.findIndex(field => loose(field) === loose(column.physicalName))
  const named = column.physicalName === column.name ? '' : ` (\`${column.name}\` in the contract)`
  const help =
    near < 0
      ? 'Add the column to the file, or take it out of the contract.'
      : `Field ${near + 1} is written differently; set \`physicalName\` to what stands in the file.`
  return { file, line: 1, byte: 1, what: `the column \`${column.physicalName}\`${named} is missing`, help }
}

const doubleColumn = (column: Column, file: string): DataProblem => ({
  file,
  line: 1,
  byte: 1,
  what: `the column \`${column.physicalName}\` stands there twice`,
  help: 'Rename one of them.',
})
