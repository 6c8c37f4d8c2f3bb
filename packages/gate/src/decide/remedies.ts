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
  asserted: 'a device that your issuer says is in order',
  managed: 'a device in order, by the records of its management, proven by its key',
  attested: 'an attested device in order',
} as const
const methodWords = { managed: 'a device known by its own key', attested: 'an attested device' } as const
const proofWords = { dpop: 'a token bound to a key (DPoP or mutual TLS)', mtls: 'a token bound to a certificate (mutual TLS)' } as const

function wordsOf(change: Change): string {
  switch (change.kind) {
    case 'purpose':
      return `the purpose ${change.purpose}`
    case 'grant':
      return `a permit of the owner of ${change.domain}`
    case 'group':
      return `the group ${change.group}`
    case 'device':
      return deviceWords[change.device]
    case 'signal':
      return `your device being ${change.signal}`
    case 'observed':
      return 'your device being observed anew'
    case 'method':
      return methodWords[change.method]
    case 'proof':
      return proofWords[change.proof]
    case 'known':
      return `an end of ${change.degraded.join(' and ')} at the gate`
    case 'role':
      return `the role ${change.role}${whose(change.agent)}`
    case 'attribute':
      return change.among
        ? `${change.value} among the ${change.name}${whose(change.agent)}`
        : `${change.name}${whose(change.agent)} being ${change.value}`
  }
}

const whose = (agent: string | undefined): string => (agent === undefined ? '' : ` of the agent ${agent}`)
