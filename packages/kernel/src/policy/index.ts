export { activationSet, costOf, type Trial } from './activation-set.ts'
export type { Circumstance } from './asked-circumstances.ts'
export { type Change, changed } from './change.ts'
export {
  atBest,
  type Circumstances,
  circumstancesJson,
  type Device,
  describedDevice,
  nothingKnown,
  onManagedDevice,
  type ProofKind,
} from './circumstances.ts'
export { type CompiledPolicies, compilePolicies } from './compile.ts'
export { type Asset, allows, decide } from './decide.ts'
export * from './decision.ts'
export { describedSubject } from './described-subject.ts'
export { declarable, discoverable, type Who } from './discover.ts'
export { type EntityJson, entitiesOf } from './entities.ts'
export { evaluate, type Row } from './evaluate.ts'
export * from './expr.ts'
export { columnsOf, conditionColumns } from './expr-columns.ts'
export { generatedPolicies } from './generated.ts'
export { lintPolicies } from './lint.ts'
export { rowsLike } from './listed-rows.ts'
export type { Action, MaskTransform, PolicyJson } from './policy.ts'
export { policyFinding } from './problem.ts'
export { type Remedies, type Remedy, remediesFor } from './remedy.ts'
export { guardrailReach, type MaskReach, maskReach, reviewPolicies } from './review.ts'
export type { Reach } from './review-reach.ts'
export { type CedarType, type CellType, findCedarType, isSetType, type RowShape, rowAttributes, rowType } from './row-type.ts'
export { type CedarSchema, schemaOf } from './schema.ts'
export { exprKey, simplify } from './simplify.ts'
export { touchedLabels } from './statement.ts'
export { tellCondition } from './tell-condition.ts'
export { withinRows } from './within-rows.ts'
export type { World } from './world.ts'
export { type WrittenRule, writtenRules } from './written-rule.ts'
