import type { RuleRef, Transform } from './decision.ts'

/** One Cedar policy, translated by the official engine into its JSON form. */
export interface PolicyJson {
  /** From `@id("central/pii")`. */
  readonly id: string
  /** The file it stands in. */
  readonly path: string
  /** 1-based line of the policy in that file. */
  readonly line?: number
  /** 1-based, in UTF-16 units. */
  readonly column?: number
  readonly effect: 'permit' | 'forbid'
  readonly annotations: Readonly<Record<string, string>>
  /** Cedar's JSON policy (EST); untrusted until a `Rule` was made of it. */
  readonly est: unknown
}

export type MaskTransform = Exclude<Transform, 'clear'>

const maskTransforms: ReadonlySet<string> = new Set<MaskTransform>(['partial', 'generalize', 'token', 'null'])
export const isMaskTransform = (text: string): text is MaskTransform => maskTransforms.has(text)

export function ruleRef(policy: PolicyJson): RuleRef {
  const reason = policy.annotations.reason
  return reason === undefined ? { id: policy.id } : { id: policy.id, reason }
}

/** What can be asked. `use` stands for `read` and `reveal` together and is never asked itself. */
export const actions = ['discover', 'read', 'reveal', 'declare', 'publish', 'grant', 'audit', 'administer'] as const
export type Action = (typeof actions)[number]
export const isAction = (text: string): text is Action => (actions as readonly string[]).includes(text)
