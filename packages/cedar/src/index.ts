export { type OfficialDecision, type OfficialRequest, type OfficialUid, type Oracle, officialDecision, openOracle } from './official.ts'
export { type ParsedPolicies, parsePolicies } from './parse-policies.ts'
export { type OfficialRow, openReplay, type Replay } from './replay.ts'
export { checkSchema, validatePolicies } from './validate-policies.ts'
