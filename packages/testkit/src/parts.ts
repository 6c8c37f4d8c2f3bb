import { spawnSync } from 'node:child_process'

const versionFlag = { java: '-version', javac: '-version', jar: '--version', mvn: '--version', go: 'version' } as const

/** What the issuers that we did not write are made with. */
export type Part = keyof typeof versionFlag
export const keycloakParts: readonly Part[] = ['java', 'javac', 'jar', 'mvn']
export const goIssuerParts: readonly Part[] = ['go']

/** Those that this machine lacks, or has in a version that is too old. */
export const missingParts = (parts: readonly Part[]): Part[] => parts.filter(part => !isThere(part))

function isThere(part: Part): boolean {
  const { status, stdout } = spawnSync(part, [versionFlag[part]], { encoding: 'utf8' })
  return status === 0 && (part !== 'go' || fetchesItself.test(stdout))
}

/** From 1.21 on, Go fetches the Go that a module file asks for. */
const fetchesItself = /go1\.(2[1-9]|[3-9]\d)/
