import { isPlainText } from '../contract/index.ts'
import type { Problem } from './problem.ts'
import type { Rule } from './rule.ts'

/** Annotations are shown to people: no sign in them may hide or turn around what stands beside it. */
export function textProblems({ policy }: Rule): Problem[] {
  if (Object.values(policy.annotations).every(isPlainText)) return []
  return [
    {
      code: 'text.character',
      what: 'an annotation holds a character that reviewers cannot see',
      help: 'Remove the control, direction-changing or broken character.',
    },
  ]
}
