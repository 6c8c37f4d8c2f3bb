import type { Door } from './door.ts'

/** What the suites share: the door under test, once it is open, and what it leaves on the disk. */
export interface Stand {
  door: Door
  auditDir: string
  logDir: string
  output: () => string
}
