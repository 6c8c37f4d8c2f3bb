/** A parser under test with what is known of it. Made once in a thread of its own. */
export interface Target {
  readonly name: string
  /** The parser's files, as `package/path` below each `dist`, without the extension: what coverage is told of. */
  readonly files: readonly string[]
  readonly seeds: readonly (string | Uint8Array)[]
  /** Words of the grammar. */
  readonly words: readonly string[]
  /** Bytes of an input; a few are 64 times as long. */
  readonly longest?: number
  /**
   * Reads one input and judges what came of it. Returns a short word for the outcome (a new one makes the input worth
   * keeping). Throws what the parser throws if it is on its list of refusals; a broken rule is a `Violation`.
   */
  readonly run: (bytes: Buffer) => string | Promise<string>
  /** Which errors the parser may throw; their word. Whatever gives undefined is a finding. */
  readonly refusal: (error: unknown) => string | undefined
  readonly close?: () => void | Promise<void>
}

/** A rule that an input broke: it round-trips not, two readers disagree, two texts mean the same. */
export class Violation extends Error {}

export function check(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Violation(rule)
}

/** The error that `work` throws, of one of the classes; others go on. */
export const utf8 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
