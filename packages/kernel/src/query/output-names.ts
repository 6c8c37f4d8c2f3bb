import { type Output, type Sources, sourcesOfAll, unionOf } from './output-column.ts'

/**
 * The columns of a result beside what the engine calls them. The engine bound the text with all types and patterns, so
 * its names decide which candidates of a spread a column is. Undefined where names or numbers contradict what was found.
 */
export function matchNames(outputs: readonly Output[], names: readonly string[]): readonly Sources[] | undefined {
  if (outputs.length === names.length && !outputs.some(output => output.mayBeEmpty === true)) return eachAlone(outputs, names)
  const first = outputs.findIndex(isSpread)
  const last = outputs.findLastIndex(isSpread)
  const [before, after] = [outputs.slice(0, first), outputs.slice(last + 1)]
  const open = names.length - before.length - after.length
  if (first < 0 || open < 0) return undefined
  const end = names.length - after.length
  const [left, right] = [eachAlone(before, names.slice(0, before.length)), eachAlone(after, names.slice(end))]
  if (left === undefined || right === undefined) return undefined
  const middle = outputs.slice(first, last + 1)
  return [...left, ...names.slice(before.length, end).map(name => among(middle, name)), ...right]
}

const isSpread = (output: Output): boolean => output.spread !== undefined

function eachAlone(outputs: readonly Output[], names: readonly string[]): readonly Sources[] | undefined {
  const fits = outputs.every(({ name, spread }, i) => spread !== undefined || name === undefined || name === names[i]?.toLowerCase())
  return fits ? outputs.map((output, i) => (isSpread(output) ? among([output], names[i] ?? '') : output.sources)) : undefined
}

function among(outputs: readonly Output[], name: string): Sources {
  const candidates = outputs.flatMap(output => (output.spread === undefined || output.spread.length === 0 ? [output] : output.spread))
  const fitting = candidates.filter(candidate => candidate.name === undefined || candidate.name === name.toLowerCase())
  const found = candidates.some(candidate => candidate.name === name.toLowerCase()) || fitting.length > 0
  return found ? unionOf(fitting.map(({ sources }) => sources)) : sourcesOfAll(candidates)
}
