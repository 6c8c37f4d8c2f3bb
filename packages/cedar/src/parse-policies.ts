import type { PolicyText } from '@selvage/kernel/contract'
import { type Finding, toldFinding } from '@selvage/kernel/model'
import type { PolicyJson } from '@selvage/kernel/policy'
import { findUnsafeInteger } from './integers.ts'
import { complexity, jsonDepth, offsetOfByte, type Position, positionAt } from './source-text.ts'
import { callCedar, type DetailedError, type Est } from './wasm.ts'

/**
 * Longest file, in UTF-16 units; most policies in it; deepest brackets; most operators in one policy; deepest JSON.
 * The engine is given nothing beyond: it overflows its stack at 150 brackets or 1,200 operators in one policy and is
 * unusable from then on, and it reads JSON no deeper than 127.
 */
export const bounds = { fileLength: 262_144, policies: 1_000, brackets: 40, operators: 400, jsonDepth: 110 }

export interface ParsedPolicies {
  readonly policies: readonly PolicyJson[]
  readonly findings: readonly Finding[]
}

/**
 * Reads Cedar files into JSON policies, their ids taken from `@id("…")`. All problems of all files are told; a
 * policy with one is left out.
 */
export function parsePolicies(files: readonly PolicyText[]): ParsedPolicies {
  const policies: PolicyJson[] = []
  const findings: Finding[] = []
  const seen = new Map<string, PolicyJson>()
  for (const file of files) {
    const parsed = parseFile(file)
    findings.push(...parsed.findings)
    for (const policy of parsed.policies) {
      const before = seen.get(policy.id)
      if (before === undefined) policies.push(policy)
      else findings.push(duplicateId(policy, before))
      seen.set(policy.id, before ?? policy)
    }
  }
  return { policies, findings }
}

function parseFile(file: PolicyText): ParsedPolicies {
  const tooLarge = findExcess(file)
  if (tooLarge !== undefined) return { policies: [], findings: [tooLarge] }
  const parts = callCedar(cedar => cedar.policySetTextToParts(file.text))
  if (parts.type === 'failure') return { policies: [], findings: parts.errors.map(error => syntaxFinding(file, error)) }
  if (parts.policies.length > bounds.policies)
    return { policies: [], findings: [finding(file, 'policy.too_large', 'the file holds too many policies', 'Split the file.')] }
  const findings = parts.policy_templates.map(text => templateFinding(file, text))
  const policies: PolicyJson[] = []
  for (const { text, offset } of located(file.text, parts.policies)) {
    const parsed = parsePolicy(file, text, positionAt(file.text, offset))
    if ('code' in parsed) findings.push(parsed)
    else policies.push(parsed)
  }
  return { policies, findings }
}

function findExcess(file: PolicyText): Finding | undefined {
  if (file.text.length > bounds.fileLength) {
    return finding(file, 'policy.too_large', `the file is longer than ${bounds.fileLength} characters`, 'Split the file.')
  }
  const { depth, operators } = complexity(file.text)
  if (depth > bounds.brackets)
    return finding(file, 'policy.too_large', `brackets are nested deeper than ${bounds.brackets}`, 'Write flatter conditions.')
  if (operators > bounds.operators)
    return finding(file, 'policy.too_large', `a policy has more than ${bounds.operators} operators`, 'Split it, or list values in a set.')
  // Keys of this name would be lost on the way through JavaScript objects.
  const at = file.text.indexOf('__proto__')
  if (at >= 0) return finding(file, 'policy.syntax', 'the name `__proto__` cannot be used', 'Take another name.', positionAt(file.text, at))
  return undefined
}

/** The engine gives the policies as they were written, in the order of its own ids: 0, 1, 10, 11, 2, … */
function located(source: string, texts: readonly string[]): { readonly text: string; readonly offset: number }[] {
  const from = new Map<string, number>()
  const out = texts.map(text => {
    const offset = source.indexOf(text, from.get(text) ?? 0)
    from.set(text, offset + text.length)
    return { text, offset }
  })
  return out.sort((a, b) => a.offset - b.offset)
}

const idPattern = /^[a-z][a-z0-9_-]*(?:\/[a-z0-9][a-z0-9_-]*)+$/

function parsePolicy(file: PolicyText, text: string, at: Position): PolicyJson | Finding {
  const answer = callCedar(cedar => cedar.policyToJson(text))
  if (answer.type === 'failure')
    return finding(file, 'policy.syntax', answer.errors.map(error => error.message).join('; '), 'Correct the policy.', at)
  const annotations = annotationsOf(answer.json)
  const id = annotations.id
  if (id === undefined) return finding(file, 'policy.id_missing', 'the policy has no id', 'Write `@id("domain/name")` before it.', at)
  if (!idPattern.test(id) || id.length > 128) {
    return finding(file, 'policy.id', `the id \`${id.slice(0, 128)}\` is not well formed`, 'Write it as `domain/name`, in lower case.', at)
  }
  if (jsonDepth(answer.json) > bounds.jsonDepth) {
    return finding(file, 'policy.too_large', `\`${id}\` is nested or chained too deep`, 'Split it, or list values in a set.', at)
  }
  const integer = findUnsafeInteger(answer.json)
  if (integer)
    return finding(file, 'policy.integer', `\`${id}\` holds an integer beyond ±2^53`, 'Write a smaller one: larger ones are not exact.', at)
  return { id, path: file.path, ...at, effect: answer.json.effect, annotations, est: answer.json }
}

/** An annotation without a value has the empty one. */
function annotationsOf(est: Est): Record<string, string> {
  return Object.fromEntries(Object.entries(est.annotations ?? {}).map(([name, value]: [string, string | null]) => [name, value ?? '']))
}

function finding(file: PolicyText, code: string, what: string, help: string, at?: Position): Finding {
  return toldFinding({ code, severity: 'error', file: file.path, ...at, what, help })
}

function syntaxFinding(file: PolicyText, error: DetailedError): Finding {
  const where = error.sourceLocations?.[0]
  const what = error.message.replace(/^failed to parse policies from string: /, '')
  const help = [where?.label, error.help].filter(Boolean).join('; ') || 'Correct the policy.'
  return finding(file, 'policy.syntax', what, help, where && positionAt(file.text, offsetOfByte(file.text, where.start)))
}

function templateFinding(file: PolicyText, text: string): Finding {
  const at = positionAt(file.text, file.text.indexOf(text))
  return finding(file, 'policy.template', 'templates (`?principal`, `?resource`) are not taken yet', 'Write one policy for each case.', at)
}

function duplicateId(policy: PolicyJson, before: PolicyJson): Finding {
  const { id, path, line, column } = policy
  const at = { ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) }
  const what = `the id \`${id}\` is taken by ${before.path}:${before.line ?? 1}`
  return toldFinding({ code: 'policy.duplicate_id', severity: 'error', file: path, ...at, what, help: 'Give each policy its own id.' })
}
