import type { PolicyText } from '@selvage/kernel/contract'
import { type Finding, toldFinding } from '@selvage/kernel/model'
import type { PolicyJson } from '@selvage/kernel/policy'
import { findUnsafeInteger } from './integers.ts'
import { folderOf, linkTemplate, type Template, templateOf } from './link-template.ts'
import { complexity, jsonDepth, offsetOfByte, type Position, positionAt } from './source-text.ts'
import { callCedar, type DetailedError, type Est, type PolicyToJsonAnswer } from './wasm.ts'

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
  const templates = new Map<string, Template>()
  const findings: Finding[] = []
  const seen = new Map<string, PolicyJson>()
  const take = (policy: PolicyJson, keep: () => void): void => {
    const before = seen.get(policy.id)
    if (before === undefined) keep()
    else findings.push(duplicateId(policy, before))
    seen.set(policy.id, before ?? policy)
  }
  for (const file of files.filter(one => one.links === undefined)) {
    const parsed = parseFile(file)
    findings.push(...parsed.findings)
    for (const policy of parsed.policies) take(policy, () => policies.push(policy))
    for (const policy of parsed.templates) take(policy, () => templates.set(`${folderOf(file.path)} ${policy.id}`, templateOf(policy)))
  }
  for (const file of files)
    for (const link of file.links ?? []) {
      const linked = refuseId(file, link.id, link) ?? linkTemplate(file, link, templates.get(`${folderOf(file.path)} ${link.template}`))
      if ('code' in linked) findings.push(linked)
      else take(linked, () => policies.push(linked))
    }
  return { policies, findings }
}

interface ParsedFile extends ParsedPolicies {
  readonly templates: readonly PolicyJson[]
}

function parseFile(file: PolicyText): ParsedFile {
  const tooLarge = findExcess(file)
  if (tooLarge !== undefined) return { policies: [], templates: [], findings: [tooLarge] }
  const parts = callCedar(cedar => cedar.policySetTextToParts(file.text))
  if (parts.type === 'failure') return { policies: [], templates: [], findings: parts.errors.map(error => syntaxFinding(file, error)) }
  const { policies, policy_templates: templates } = parts
  if (policies.length + templates.length > bounds.policies) {
    const excess = finding(file, 'policy.too_large', 'the file holds too many policies', 'Split the file.')
    return { policies: [], templates: [], findings: [excess] }
  }
  const findings: Finding[] = []
  const read = (texts: readonly string[], translate: Translate): PolicyJson[] =>
    located(file.text, texts).flatMap(({ text, offset }) => {
      const parsed = parsePolicy(file, text, positionAt(file.text, offset), translate)
      if (!('code' in parsed)) return parsed
      findings.push(parsed)
      return []
    })
  return {
    policies: read(policies, text => callCedar(cedar => cedar.policyToJson(text))),
    templates: read(templates, text => callCedar(cedar => cedar.templateToJson(text))),
    findings,
  }
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

type Translate = (text: string) => PolicyToJsonAnswer

function parsePolicy(file: PolicyText, text: string, at: Position, translate: Translate): PolicyJson | Finding {
  const answer = translate(text)
  if (answer.type === 'failure')
    return finding(file, 'policy.syntax', answer.errors.map(error => error.message).join('; '), 'Correct the policy.', at)
  const annotations = annotationsOf(answer.json)
  const id = annotations.id
  if (id === undefined) return finding(file, 'policy.id_missing', 'the policy has no id', 'Write `@id("domain/name")` before it.', at)
  const refused = refuseId(file, id, at)
  if (refused !== undefined) return refused
  if (jsonDepth(answer.json) > bounds.jsonDepth) {
    return finding(file, 'policy.too_large', `\`${id}\` is nested or chained too deep`, 'Split it, or list values in a set.', at)
  }
  const integer = findUnsafeInteger(answer.json)
  if (integer)
    return finding(file, 'policy.integer', `\`${id}\` holds an integer beyond ±2^53`, 'Write a smaller one: larger ones are not exact.', at)
  return { id, path: file.path, ...at, effect: answer.json.effect, annotations, est: answer.json }
}

function refuseId(file: PolicyText, id: string, at: { readonly line: number }): Finding | undefined {
  if (idPattern.test(id) && id.length <= 128) return undefined
  return finding(file, 'policy.id', `the id \`${id.slice(0, 128)}\` is not well formed`, 'Write it as `domain/name`, in lower case.', at)
}

/** An annotation without a value has the empty one. */
function annotationsOf(est: Est): Record<string, string> {
  return Object.fromEntries(Object.entries(est.annotations ?? {}).map(([name, value]: [string, string | null]) => [name, value ?? '']))
}

function finding(file: PolicyText, code: string, what: string, help: string, at?: Partial<Position>): Finding {
  return toldFinding({ code, severity: 'error', file: file.path, ...at, what, help })
}

function syntaxFinding(file: PolicyText, error: DetailedError): Finding {
  const where = error.sourceLocations?.[0]
  const what = error.message.replace(/^failed to parse policies from string: /, '')
  const help = [where?.label, error.help].filter(Boolean).join('; ') || 'Correct the policy.'
  return finding(file, 'policy.syntax', what, help, where && positionAt(file.text, offsetOfByte(file.text, where.start)))
}

function duplicateId(policy: PolicyJson, before: PolicyJson): Finding {
  const { id, path, line, column } = policy
  const at = { ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) }
  const what = `the id \`${id}\` is taken by ${before.path}:${before.line ?? 1}`
  return toldFinding({ code: 'policy.duplicate_id', severity: 'error', file: path, ...at, what, help: 'Give each policy its own id.' })
}
