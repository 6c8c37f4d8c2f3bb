export { type AuthorizationRequest, type OfficialEngine, openOfficialEngine } from './authorize.ts'
export { formatPolicies } from './format-policies.ts'
export { type OfficialDecision, type OfficialRequest, type OfficialUid, type Oracle, officialDecision, openOracle } from './official.ts'
export { type ParsedPolicies, parsePolicies } from './parse-policies.ts'
export { readMesh } from './read-mesh.ts'
export { type ReadPolicies, readPolicies } from './read-policies.ts'
export {
  type OfficialRow,
  openReplay,
  type Replay,
  type ReplayTable,
  type ReplayWorld,
  replayIn,
  replayTable,
  replayWorld,
} from './replay.ts'
export { type DeclareQuestion, type DeclareReplay, declareReplayIn, openDeclareReplay } from './replay-declare.ts'
export {
  type DiscoverQuestion,
  type DiscoverReplay,
  discoverReplayIn,
  type Known,
  type KnownTable,
  openDiscoverReplay,
} from './replay-discover.ts'
export { checkSchema, validatePolicies } from './validate-policies.ts'
