/**
 * The one table of errors. A code never changes its meaning; `docs/errors.md` is generated from here
 * and tests/conformance/gate/every-code.test.ts raises each code. `title` is public: it leaks nothing.
 */
interface Row {
  readonly http: number
  readonly sqlstate: string
  /** What happened, in words for whoever asked. */
  readonly title: string
  /** What would help. */
  readonly help: string
  /** May the same request succeed later, unchanged? */
  readonly retry: boolean
}

const row = (http: number, sqlstate: string, title: string, help: string, retry = false): Row => ({ http, sqlstate, title, help, retry })

export const errorTable = {
  'request.malformed': row(400, '42601', 'The request is not well formed.', 'Compare it with the OpenAPI document at /openapi.json.'),
  'request.header': row(
    400,
    '42601',
    'A header is missing, doubled or not well formed.',
    'Send exactly one `Authorization` header: `Bearer TOKEN` or `DPoP TOKEN`.',
  ),
  'request.host': row(
    421,
    '08004',
    'This is not the server that the request names.',
    'Use the address that it listens on, or have its operator list the name in `hosts`.',
  ),
  'request.origin': row(
    403,
    '28000',
    'Web pages of other origins are not served.',
    'Ask from a program, or from a page of this very address.',
  ),
  'request.not_found': row(404, '42704', 'There is nothing at this address.', 'The addresses are listed in /openapi.json.'),
  'request.method': row(405, '42601', 'This address does not take this method.', 'The methods are listed in /openapi.json.'),
  'request.too_large': row(
    413,
    '54000',
    'The request is larger than this gate takes.',
    'Send less: a shorter statement, fewer parameters.',
  ),
  'request.header_too_large': row(431, '54000', 'The headers are larger than this gate takes.', 'Send fewer or shorter headers.'),
  'request.media_type': row(
    406,
    '42601',
    'None of the accepted media types can be given.',
    'Accept application/json or application/x-ndjson.',
  ),
  'identity.missing': row(
    401,
    '28000',
    'No token was sent.',
    'Send `Authorization: Bearer TOKEN`; `selvage token --as LOGIN` fetches one from a demo issuer.',
  ),
  'identity.malformed': row(401, '28000', 'The token is not a well-formed access token.', 'Fetch a new token from your identity provider.'),
  'identity.issuer': row(
    401,
    '28000',
    'The token comes from an issuer that this domain does not know.',
    'Use a token of an issuer listed in the domain’s trust settings.',
  ),
  'identity.signature': row(401, '28000', 'The token’s signature does not verify.', 'Fetch a new token from your identity provider.'),
  'identity.audience': row(
    401,
    '28000',
    'The token is meant for somebody else.',
    'Ask your identity provider for a token with this mesh as audience.',
  ),
  'identity.exchange': row(
    401,
    '28000',
    'Tokens of this issuer are not taken here; they are to be exchanged.',
    'Exchange it at an issuer of the domain, and send the token that it gives.',
  ),
  'identity.overage': row(
    401,
    '28000',
    'The issuer left out part of what it says of the subject.',
    'Have the issuer put into its tokens the groups of this application alone, so that all fit.',
  ),
  'identity.expired': row(401, '28000', 'The token has expired.', 'Fetch a new token from your identity provider.'),
  'identity.not_yet': row(401, '28000', 'The token is not valid yet.', 'Check the clocks of this machine and of the issuer.'),
  'identity.claims': row(
    401,
    '28000',
    'A claim of the token is missing, of the wrong type or out of bounds.',
    'Compare the token with RFC 9068 and the domain’s trust settings.',
  ),
  'identity.keys': row(
    503,
    '57P03',
    'The keys of the token’s issuer cannot be fetched now.',
    'Try again; if it lasts, tell the operator of the issuer.',
    true,
  ),
  'identity.proof': row(
    401,
    '28000',
    'The token is bound to a key, and the request does not prove that its sender holds it.',
    'Send `Authorization: DPoP TOKEN` with one proof made for this very request, or come over TLS with the token’s certificate.',
  ),
  'identity.nonce': row(
    401,
    '28000',
    'The proof lacks a nonce of this gate, or has an old one.',
    'Sign another proof with the nonce in `DPoP-Nonce`, and send the request again.',
  ),
  'identity.revoked': row(
    401,
    '28000',
    'What the token speaks for was revoked, or has changed, since it was issued.',
    'Log in again, or fetch a new token from your identity provider.',
  ),
  'identity.session': row(
    401,
    '28000',
    'There is no such session of yours, or it is over.',
    'Open another: `selvage purpose use PURPOSE`, or `POST /v1/sessions` with a token.',
  ),
  'identity.agent_alone': row(
    403,
    '28000',
    'An agent asks with nobody behind it.',
    'Ask with a token that names the person the agent acts for.',
  ),
  'device.malformed': row(
    400,
    '42601',
    'The record is not a well-formed record of a device.',
    'Compare it with the guide on device posture.',
  ),
  'device.source': row(
    401,
    '28000',
    'The record comes from a source that this domain does not know.',
    'List the source under `devices` in the domain’s domain.yaml.',
  ),
  'device.signature': row(
    401,
    '28000',
    'The record’s signature does not verify.',
    'Sign it with the key that stands in the domain’s domain.yaml.',
  ),
  'device.claims': row(
    400,
    '42601',
    'A claim of the record is missing, of the wrong type or out of bounds.',
    'Compare it with the guide on device posture.',
  ),
  'signal.sender': row(
    401,
    '28000',
    'The sender of the event is not known here.',
    'Send the authorization header that this gate gave to the transmitter for its stream.',
  ),
  'signal.malformed': row(400, '42601', 'The event is not a well-formed security event token.', 'Compare it with RFC 8417 and SSF 1.0.'),
  'signal.issuer': row(
    400,
    '28000',
    'The event is of another issuer than the stream.',
    'Send events whose `iss` is the issuer of the stream.',
  ),
  'signal.audience': row(400, '28000', 'The event is meant for somebody else.', 'Send events whose `aud` is the audience of the stream.'),
  'signal.signature': row(
    400,
    '28000',
    'The event’s signature does not verify.',
    'Sign with a published key of the issuer, by RS256 or an algorithm of the domain’s trust settings.',
  ),
  'signal.claims': row(
    400,
    '42601',
    'A claim of the event is missing, forbidden, of the wrong type or out of bounds.',
    'Compare the event with SSF 1.0, CAEP 1.0, RISC 1.0 and RFC 9493.',
  ),
  'signal.state': row(400, '28000', 'Nobody asked for this verification.', 'Send the state that the verification was asked with.'),
  'purpose.missing': row(400, '42501', 'No purpose was stated.', 'State one, such as `"purpose": "analytics"`.'),
  'purpose.unknown': row(400, '42501', 'The stated purpose is not one of this mesh.', 'State one of the purposes that you may declare.'),
  'purpose.not_permitted': row(403, '42501', 'You may not declare this purpose here.', 'State one of the purposes that you may declare.'),
  'policy.denied': row(403, '42501', 'The rules do not allow this.', 'Ask the owner of the product what you would need.'),
  'policy.missing': row(503, '57P03', 'This gate has no rules yet.', 'It answers as soon as it holds both bundles.', true),
  'policy.signature': row(
    403,
    '28000',
    'A bundle’s signature does not verify.',
    'The last good bundle stays in force; sign with the key that is pinned here.',
  ),
  'policy.version': row(409, '55000', 'A bundle is older than one that was seen.', 'The newer bundle stays in force; apply a newer one.'),
  'policy.parent': row(
    409,
    '55000',
    'A bundle does not follow the one that is held.',
    'Somebody else applied meanwhile: plan again, and sign what follows the bundle in force.',
  ),
  'policy.engines': row(
    422,
    '22000',
    'Two engines decide by a bundle differently.',
    'The last good bundle stays in force. This is a fault of ours; tell us the bundle, or write the rule otherwise.',
  ),
  'policy.too_large': row(
    413,
    '54000',
    'A bundle is larger than a gate takes.',
    'The last good bundle stays in force; sign fewer or shorter texts.',
  ),
  'policy.expired': row(503, '57P03', 'The rules have expired.', 'The bundle must be signed anew.'),
  'policy.bundle_expired': row(422, '55000', 'The bundle has expired.', 'The last good bundle stays in force; sign this one anew.'),
  'policy.stale': row(
    503,
    '57P03',
    'Nobody has confirmed for too long that the rules are current.',
    'Control must be reachable again.',
    true,
  ),
  'policy.invalid': row(422, '22000', 'A bundle’s content does not pass the checks.', 'Run `selvage check` on the tree.'),
  'directory.unavailable': row(
    503,
    '55000',
    'Who is here cannot be told: this gate has no directory, or none that is sound.',
    'Its operator sees why in the gate’s log; `selvage check` finds what is wrong in the text.',
  ),
  'query.syntax': row(422, '42601', 'The statement is not well formed SQL.', 'See the position.'),
  'query.unsupported': row(
    422,
    '0A000',
    'The statement uses something that this door does not take.',
    'See the detail for what to write instead.',
  ),
  'query.unknown_table': row(
    422,
    '42P01',
    'A table of this statement does not exist, or you may not discover it.',
    'Tables are named domain.product.table.',
  ),
  'query.unknown_column': row(
    422,
    '42703',
    'A column of this statement does not exist, or you may not discover it.',
    'See the names that you may use.',
  ),
  'query.type': row(422, '42804', 'A type in this statement does not fit.', 'See the detail.'),
  'query.parameters': row(422, '08P01', 'The parameters do not fit the statement.', 'Give one value for each parameter of the statement.'),
  'query.data': row(
    422,
    '22000',
    'A value in the data or the statement cannot be computed.',
    'Use TRY_CAST or TRY(…) where a value may not fit.',
  ),
  'limit.time': row(
    429,
    '57014',
    'The statement took longer than this gate allows.',
    'Ask for less, or ask the operator for a higher limit.',
  ),
  'limit.memory': row(
    429,
    '53200',
    'The statement needs more memory than this gate allows.',
    'Ask for less, or ask the operator for a higher limit.',
  ),
  'limit.rows': row(
    429,
    '54000',
    'The result is larger than this gate gives at once.',
    'Add a LIMIT, aggregate, or accept application/x-ndjson.',
  ),
  'limit.share': row(
    429,
    '53300',
    'You have as much under way here as one subject may have at a time.',
    'Wait for your other statements, and read their results to the end.',
    true,
  ),
  'limit.busy': row(503, '53300', 'This gate has too much to do at the moment.', 'Try again after the time in Retry-After.', true),
  'engine.unavailable': row(502, '08006', 'The engine cannot be reached.', 'Try again; if it lasts, tell the domain’s owner.', true),
  'engine.product_unavailable': row(
    503,
    '55000',
    'The product has no readable version at the moment.',
    'Its owner sees why in the gate’s log.',
    true,
  ),
  'engine.refused': row(
    502,
    '58000',
    'The engine’s own check refused the secured statement.',
    'This is a fault of ours; tell the operator the ref.',
  ),
  'engine.cancelled': row(503, '57014', 'The statement was cancelled.', 'Ask again.', true),
  'contract.data': row(422, '22000', 'The data does not fit its contract.', 'See file, line and column.'),
  'ledger.unavailable': row(
    503,
    '57P03',
    'The audit log cannot be written, so nothing is released.',
    'The operator must see to the gate’s disk.',
    true,
  ),
  'internal.fault': row(500, 'XX000', 'A fault of this gate.', 'Tell the operator the ref.'),
} as const satisfies Record<string, Row>

export type Code = keyof typeof errorTable

export interface ErrorOptions {
  /** Public: told to whoever asked. Never a value, a hidden name or engine text. */
  readonly detail?: string
  /** Public: replaces the table's help. */
  readonly help?: string
  /** 1-based line and column in the text that was sent. */
  readonly position?: { readonly line: number; readonly column: number }
  /** The rule that decided, told only to who may discover the thing. */
  readonly rules?: readonly { readonly id: string; readonly reason?: string }[]
  /** Seconds in `Retry-After`, where the table says that a request may succeed later; 1 if left out. */
  readonly retryAfter?: number
  /** For the operator's log only. */
  readonly cause?: unknown
}

export class SelvageError extends Error {
  readonly code: Code
  readonly options: ErrorOptions

  constructor(code: Code, options: ErrorOptions = {}) {
    super(options.detail ?? errorTable[code].title, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'SelvageError'
    this.code = code
    this.options = options
  }
}
