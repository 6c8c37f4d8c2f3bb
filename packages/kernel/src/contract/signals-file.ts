import type { Fields, Placed } from './fields.ts'
import type { SignalsTrust } from './mesh.ts'
import { quoted } from './report.ts'

const keys = ['configuration', 'audience', 'delivery', 'silence']
/** Seconds. */
const defaultSilence = 150
const bounds = [10, 86_400] as const

/**
 * `signals` of an issuer: what it tells after a token was issued (OpenID Shared Signals Framework 1.0).
 *
 * ```yaml
 *   signals:
 *     configuration: https://login.example.org/.well-known/ssf-configuration # of its transmitter, at the issuer's own origin
 *     audience: https://sales.example.org   # the exact `aud` of its events
 *     delivery: push                        # push (RFC 8935) or poll (RFC 8936)
 *     silence: 150                          # seconds without a sign of life until `signals-stale`; 150 unless given
 * ```
 */
export function parseSignals(issuer: Fields): { signals?: SignalsTrust } {
  const fields = issuer.fields('signals', keys)
  if (fields === undefined) return {}
  const configuration = fields.needText('configuration')
  checkConfiguration(configuration, issuer)
  return {
    signals: {
      configuration: configuration?.text ?? '',
      audience: fields.needText('audience')?.text ?? '',
      delivery: parseDelivery(fields),
      silence: parseSilence(fields),
    },
  }
}

/** An issuer's transmitter is its own: whoever could name another place would have another say who is revoked. */
function checkConfiguration(configuration: Placed | undefined, issuer: Fields): void {
  const owner = issuer.text('issuer')?.text
  if (configuration === undefined || owner === undefined || !originPattern.test(owner)) return
  if (originOf(configuration.text) === undefined || originOf(configuration.text) !== originOf(owner))
    issuer.report('domain.signals', configuration.place, `${quoted(configuration.text)} is no address at the issuer’s own origin`)
}

const originPattern = /^(https?:\/\/[^/?#]+)/
/** As it is written: a default port is not left out in one and given in the other. */
const originOf = (address: string): string | undefined => (/[?#\\\s]/.test(address) ? undefined : originPattern.exec(address)?.[1])

function parseDelivery(fields: Fields): SignalsTrust['delivery'] {
  const delivery = fields.needText('delivery')
  if (delivery !== undefined && delivery.text !== 'push' && delivery.text !== 'poll')
    fields.report('domain.signals', delivery.place, `${quoted(delivery.text)} is no way of delivery`)
  return delivery?.text === 'push' ? 'push' : 'poll'
}

function parseSilence(fields: Fields): number {
  const seconds = fields.integer('silence')
  if (seconds !== undefined && (seconds < bounds[0] || seconds > bounds[1]))
    fields.report('domain.signals', fields.placeOf('silence'), `${seconds} seconds is out of bounds`)
  return seconds ?? defaultSilence
}
