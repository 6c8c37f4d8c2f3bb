import type { PolicyText } from '@selvage/kernel/contract'
import type { Finding } from '@selvage/kernel/model'
import { parsePolicies } from './parse-policies.ts'
import { callCedar } from './wasm.ts'

const layout = { lineWidth: 80, indentWidth: 2 }

/**
 * A Cedar file as the official formatter writes it, comments and annotations kept; or what is wrong with it. What it
 * wrote is read again: it must mean the same and keep every comment, else the file is left alone.
 */
export function formatPolicies(file: PolicyText): { readonly text: string } | { readonly findings: readonly Finding[] } {
  const { findings } = parsePolicies([{ path: file.path, text: file.text }])
  if (findings.length > 0) return { findings }
  // The formatter would drop what stands in a file without a policy.
  if (isEmpty(file.text)) return { text: file.text }
  const answer = callCedar(cedar => cedar.formatPolicies({ policyText: file.text, ...layout }))
  if (answer.type === 'failure') return { findings: [unformatted(file, answer.errors.map(error => error.message).join('; '))] }
  const text = `${answer.formatted_policy.trimEnd()}\n`
  return isSame(file.text, text) ? { text } : { findings: [unformatted(file, 'the formatter would change what it says')] }
}

const unformatted = ({ path }: PolicyText, what: string): Finding => ({
  code: 'policy.format',
  severity: 'error',
  file: path,
  what,
  help: 'Put comments on lines of their own.',
})

/** Nothing but comments. */
const isEmpty = (text: string): boolean => text.replace(/\/\/[^\n]*/g, '').trim() === ''

function isSame(before: string, after: string): boolean {
  return meaning(before) === meaning(after) && comments(before) === comments(after)
}

/** Policies and templates, each as JSON, in the order of their own ids. */
function meaning(text: string): string | undefined {
  const parts = callCedar(cedar => cedar.policySetTextToParts(text))
  if (parts.type === 'failure') return undefined
  const policies = parts.policies.map(one => callCedar(cedar => cedar.policyToJson(one)))
  return JSON.stringify([policies, parts.policy_templates.map(one => callCedar(cedar => cedar.templateToJson(one)))])
}

/** Texts hold no comments: they are matched first, so that `//` in them counts for none. */
const comments = (text: string): string =>
  [...text.matchAll(/"(?:[^"\\]|\\[\s\S])*"|\/\/[^\n]*/g)]
    .map(([found]) => found.trimEnd())
    .filter(found => found.startsWith('//'))
    .join('\n')
