import { isMaskTransform } from './policy.ts'
import type { Problem } from './problem.ts'
import type { Rule } from './rule.ts'

/** `@mask` softens a forbid of `reveal` and nothing else. */
export function maskProblems(rule: Rule): Problem[] {
  const { annotations } = rule.policy
  if (!Object.hasOwn(annotations, 'mask')) return []
  const problems: Problem[] = []
  if (!isMaskTransform(annotations.mask ?? '')) {
    problems.push({
      code: 'policy.mask_unknown',
      what: `\`@mask("${(annotations.mask ?? '').slice(0, 40)}")\` is no mask`,
      help: 'Masks are partial, generalize, token and null.',
    })
  }
  if (rule.effect !== 'forbid') {
    problems.push({ code: 'policy.mask_effect', what: 'a permit cannot mask', help: 'Write a forbid of `reveal` with the mask.' })
  }
  if (rule.actionIds === 'all' || rule.actionIds.length === 0 || rule.actionIds.some(id => id !== 'reveal')) {
    problems.push({
      code: 'policy.mask_action',
      what: 'a mask softens `reveal` only',
      help: 'Write `action == Mesh::Action::"reveal"`, and a policy of its own for other actions.',
    })
  }
  return problems
}
