import { parseDecisionTests, parseDirectory } from '@selvage/kernel/contract'
import type { Finding } from '@selvage/kernel/model'
import { compilePolicies, guardrailReach, type Reach } from '@selvage/kernel/policy'
import { lazyParser } from './decision-tests/parser.ts'
import { runDecisionTests } from './decision-tests/run.ts'
import { checkTree, type TreeFile } from './tree.ts'

export interface Checked {
  readonly findings: readonly Finding[]
  /** How many rows of decision tables were run. */
  readonly tests: number
  /** What each guardrail can do on each table that it reaches. */
  readonly reach: readonly Reach[]
}

/** All that `selvage check` says of a tree: its texts, its rules, and the decision tables, if the rules are sound. */
export async function checkAll(files: readonly TreeFile[]): Promise<Checked> {
  const { mesh, policies, findings } = checkTree(files)
  if (mesh === undefined || policies === undefined) return { findings, tests: 0, reach: [] }
  const { directory, findings: unknown } = parseDirectory(files, mesh)
  const { tests, findings: unread } = parseDecisionTests(files, mesh, directory)
  const reach = guardrailReach(mesh, policies)
  const known = [...findings, ...unknown, ...unread]
  if (known.some(({ severity }) => severity === 'error')) return { findings: known, tests: 0, reach }
  const parser = lazyParser()
  try {
    return {
      findings: [...known, ...(await runDecisionTests(compilePolicies(mesh, policies), tests, parser))],
      tests: tests.length,
      reach,
    }
  } finally {
    await parser.close()
  }
}
