import type { Change, Remedy, RowCondition } from '@selvage/kernel/policy'

/** In words, for whoever was denied the rows of a table that they may discover: a purpose, which is theirs to state, or what others give. */
export function helpOf(remedies: readonly Remedy<RowCondition>[]): { readonly help?: string } {
  const purposes = remedies.flatMap(({ changes: [change, ...others] }) =>
    change?.kind === 'purpose' && others.length === 0 ? [change.purpose] : [],
  )
  if (purposes.length > 0) return { help: `Another purpose would do: ${purposes.join(', ')}.` }
  const others = remedies.map(({ changes }) => changes.map(wordsOf).join(' and '))
  return others.length === 0 ? {} : { help: `This would do: ${others.join('; ')}.` }
}

const deviceWords = {
  asserted: 'a device that your issuer says is managed',
  managed: 'a managed device, proven by its key',
  attested: 'an attested device',
} as const

function wordsOf(change: Change): string {
  if (change.kind === 'purpose') return `the purpose ${change.purpose}`
  if (change.kind === 'grant') return `a permit of the owner of ${change.domain}`
  if (change.kind === 'device') return deviceWords[change.device]
  if (change.kind === 'group') return `the group ${change.group}`
  const who = change.agent === undefined ? '' : ` of the agent ${change.agent}`
  if (change.kind === 'role') return `the role ${change.role}${who}`
  return change.among ? `${change.value} among the ${change.name}${who}` : `${change.name}${who} being ${String(change.value)}`
}
