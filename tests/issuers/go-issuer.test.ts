import {
  type Client,
  createClient,
  exchange,
  type GoIssuer,
  goIssuerParts,
  loginAsProgram,
  loginByCode,
  startGoIssuer,
} from '@selvage/testkit/foreign'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { codeOf } from '../../packages/identity/src/testing/issuer.ts'
import { describeIssuer } from './issuer-suite.ts'
import { readToken } from './read-token.ts'
import { verifierFor } from './trust.ts'

const people = [{ login: 'analyst', claims: { roles: ['analyst'], groups: ['/analysts'], employee_id: 7 } }]

describeIssuer('an issuer on zitadel/oidc', goIssuerParts, () => {
  let issuer: GoIssuer
  let copilot: Client
  let person: string
  beforeAll(async () => {
    issuer = await startGoIssuer({ people, programs: ['copilot'], audience: 'selvage:example' })
    copilot = await createClient({ issuer: issuer.issuer, id: 'copilot', secret: issuer.secrets.client })
    const cli = await createClient({ issuer: issuer.issuer, id: 'selvage-cli' })
    person = (await loginByCode(cli, { username: 'analyst', password: issuer.secrets.person })).access
  }, 300_000)
  afterAll(() => issuer?.stop())

  it('signs with RS256, says `typ` JWT, has `aud` as a list, `nbf`, and `client_id` for people too', () => {
    const { header, claims } = readToken(person)
    expect(header).toEqual({ alg: 'RS256', typ: 'JWT', kid: expect.any(String) })
    expect(claims).toMatchObject({
      iss: issuer.issuer,
      sub: 'analyst',
      aud: ['selvage:example'],
      client_id: 'selvage-cli',
      nbf: expect.any(Number),
    })
    expect(claims).toMatchObject({ roles: ['analyst'], groups: ['/analysts'], employee_id: 7 })
    for (const absent of ['azp', 'act', 'sid', 'auth_time']) expect(claims).not.toHaveProperty(absent)
  })

  it('gives a program a token whose subject is its client', async () => {
    const { claims } = readToken((await loginAsProgram(copilot)).access)
    expect(claims).toMatchObject({ sub: 'copilot', client_id: 'copilot', aud: ['selvage:example'] })
  })

  it('names the actor in an exchanged token, and looks at the actor’s', async () => {
    const actor = (await loginAsProgram(copilot)).access
    const { claims } = readToken((await exchange(copilot, { subject: person, actor, audience: 'selvage:example' })).access)
    expect(claims).toMatchObject({ sub: 'analyst', act: { sub: 'copilot' }, client_id: 'copilot', roles: ['analyst'] })
    await expect(exchange(copilot, { subject: person, actor: 'garbage', audience: 'selvage:example' })).rejects.toThrow()
    await expect(exchange(copilot, { subject: person, audience: 'selvage:example' })).rejects.toThrow()
  })

  it('is taken by a gate that is told its form, with the agent that its `act` names', async () => {
    const trust = `  - alias: go
    kind: login
    issuer: ${issuer.issuer}
    token: { type: JWT, client: client_id }
    audience: selvage:example
    algorithms: [RS256]
    maxLifetime: 3600
    roles: { analyst: analyst }
    groups: { /analysts: analysts }
    attributes: [employee_id]
    agents: [copilot]
`
    const verifier = verifierFor(trust)
    const { subject } = await verifier.verify(person)
    expect(subject).toMatchObject({ kind: 'User', id: 'go/analyst', roles: ['analyst'], groups: ['analysts'] })
    expect({ ...subject.attributes }).toEqual({ employee_id: 7 })
    const alone = await loginAsProgram(copilot)
    expect((await verifier.verify(alone.access)).subject).toMatchObject({ kind: 'Agent', id: 'go/copilot' })
    const { access } = await exchange(copilot, { subject: person, actor: alone.access, audience: 'selvage:example' })
    const acting = await verifier.verify(access)
    expect([acting.subject.id, acting.actors.map(({ id }) => id)]).toEqual(['go/analyst', ['go/copilot']])
    expect(await codeOf(() => verifierFor(trust.replace('type: JWT, ', '')).verify(person))).toBe('identity.malformed')
    expect(await codeOf(() => verifierFor(trust.replace('[copilot]', '[]')).verify(access))).toBe('identity.claims')
  })

  it('lets nobody in with another password', async () => {
    const cli = await createClient({ issuer: issuer.issuer, id: 'selvage-cli' })
    await expect(loginByCode(cli, { username: 'analyst', password: 'guessed' })).rejects.toThrow('asks the same again')
  })
})
