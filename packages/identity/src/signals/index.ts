export type { Change } from './change.ts'
export { type Effect, requestedEvents } from './event-types.ts'
export { createEventVerifier, type EventVerifier, longestDelay, type SecurityEvent, type Stream } from './event-verifier.ts'
export { maxEventLength } from './security-event-token.ts'
