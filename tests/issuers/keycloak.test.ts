import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSenderChecker } from '@selvage/identity'
import {
  createProofKey,
  exchange,
  type Keycloak,
  keycloakParts,
  loginAsProgram,
  loginByCode,
  loginByDevice,
  renew,
  startKeycloak,
} from '@selvage/testkit/foreign'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askForApproval, findIssuer, renew as renewLogin, revoke } from '../../packages/cli/src/login/issuer.ts'
import { openProofKey } from '../../packages/cli/src/proof-key.ts'
import { codeOf } from '../../packages/identity/src/testing/issuer.ts'
import { athOf } from '../../packages/identity/src/testing/proof.ts'
import { browse } from '../../packages/testkit/src/oauth/browser.ts'
import { describeIssuer } from './issuer-suite.ts'
import { readToken } from './read-token.ts'
import { verifierFor } from './trust.ts'

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const header = { alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) }

/** What is law for whoever trusts Keycloak, asserted on tokens that it made. */
describeIssuer('Keycloak', keycloakParts, () => {
  let keycloak: Keycloak
  beforeAll(async () => {
    keycloak = await startKeycloak()
  }, 900_000)
  afterAll(() => keycloak?.stop(), 60_000)

  describe('a person', () => {
    it('who logs in with a browser is a subject that is no login, with `azp` for the client and no `client_id`', async () => {
      const { access, type, id } = await loginByCode(await keycloak.client('selvage-cli'), keycloak.person('rep'))
      const token = readToken(access)
      expect([type, id]).toEqual(['bearer', expect.any(String)])
      expect(token.header).toEqual(header)
      expect(token.claims).toMatchObject({ iss: keycloak.issuer, aud: 'selvage:example', typ: 'Bearer', azp: 'selvage-cli' })
      expect(token.claims).toMatchObject({ employee_id: 3, roles: ['sales-rep'], groups: ['/sales/emea'], sid: expect.any(String) })
      expect(token.claims.sub).toMatch(uuid)
      expect(token.claims.sub).toBe(await keycloak.subjectOf('rep'))
      expect(Number(token.claims.exp) - Number(token.claims.iat)).toBe(300)
      for (const absent of ['client_id', 'act', 'nbf', 'cnf']) expect(token.claims).not.toHaveProperty(absent)
    })

    it('who agrees on another device is the same', async () => {
      const { access } = await loginByDevice(await keycloak.client('selvage-cli'), keycloak.person('clinician'))
      const { claims } = readToken(access)
      expect(claims).toMatchObject({
        azp: 'selvage-cli',
        roles: ['clinician'],
        trainings: ['hipaa'],
        provider_id: expect.stringMatching(uuid),
      })
      expect(claims).not.toHaveProperty('client_id')
    })

    it('who is not the one gets nothing', async () => {
      const client = await keycloak.client('selvage-cli')
      await expect(loginByCode(client, { username: 'rep', password: 'guessed' })).rejects.toThrow('asks the same again')
    })

    it('has their session go on when a token is renewed', async () => {
      const client = await keycloak.client('selvage-cli')
      const { access, refresh } = await loginByCode(client, keycloak.person('analyst'))
      const renewed = await renew(client, refresh!)
      const [before, after] = [readToken(access).claims, readToken(renewed.access).claims]
      expect([after.sid, after.auth_time, after.sub]).toEqual([before.sid, before.auth_time, before.sub])
      expect(after.jti).not.toBe(before.jti)
    })
  })

  it('logs the command line in, bound to its key, until it is revoked', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'selvage-keycloak-login-'))
    const key = openProofKey(dir)
    const issuer = await findIssuer(keycloak.issuer, 'selvage-cli-dpop', key)
    const pending = await askForApproval(issuer, { scope: 'openid', purpose: 'analytics' })
    await browse(new URL(pending.address), keycloak.person('rep'))
    const tokens = await pending.tokens()
    expect(tokens.bound).toBe(true)
    expect(readToken(tokens.access).claims).toMatchObject({ azp: 'selvage-cli-dpop', cnf: { jkt: key.thumbprint } })
    const { access, refresh } = await renewLogin(issuer, tokens.refresh!, undefined)
    expect(readToken(access).claims.cnf).toMatchObject({ jkt: key.thumbprint })
    expect(await revoke(issuer, refresh!)).toBe(true)
    await expect(renewLogin(issuer, refresh!, undefined)).rejects.toThrow('the login is over')
    rmSync(dir, { recursive: true })
  })

  describe('a key', () => {
    it.each(['code', 'device'])('binds the token (%s): payload `typ` says DPoP, `cnf` has more members than `jkt`', async flow => {
      const key = await createProofKey()
      const client = await keycloak.client('selvage-cli-dpop', key)
      const login = flow === 'code' ? loginByCode : loginByDevice
      const { access, type } = await login(client, keycloak.person('rep'))
      const token = readToken(access)
      expect(type).toBe('dpop')
      expect(token.header).toEqual(header)
      expect(token.claims).toMatchObject({ typ: 'DPoP', cnf: { jkt: key.thumbprint, 'kc-jkt-type': 'DPoP' } })
    })

    it('is demanded by a client that must have one', async () => {
      await expect(loginByCode(await keycloak.client('selvage-cli-dpop'), keycloak.person('rep'))).rejects.toThrow()
    })

    it('keeps its token from being exchanged by another', async () => {
      const key = await createProofKey()
      const bound = await keycloak.tokenFor('rep', { key, scope: 'openid for-copilot' })
      await expect(exchange(await keycloak.client('copilot'), { subject: bound })).rejects.toThrow()
    })
  })

  it('a program has a subject that is not its client, named in `client_id` and in `azp`, and no session', async () => {
    const { access } = await loginAsProgram(await keycloak.client('nightly'))
    const { header: head, claims } = readToken(access)
    expect(head).toEqual(header)
    expect(claims).toMatchObject({ aud: 'selvage:example', azp: 'nightly', client_id: 'nightly', roles: ['analyst'] })
    expect(claims.sub).toMatch(uuid)
    expect(claims).not.toHaveProperty('sid')
  })

  describe('a token exchanged by an agent', () => {
    const exchanged = async (actor?: string) => {
      const subject = await keycloak.tokenFor('rep', { scope: 'openid for-copilot' })
      const given = await exchange(await keycloak.client('copilot'), { subject, ...(actor !== undefined && { actor }) })
      return { before: readToken(subject).claims, after: readToken(given.access).claims }
    }

    it('has the person’s subject, session and attributes, no `act`: `azp` is the only trace of the agent', async () => {
      const { before, after } = await exchanged()
      expect(before.aud).toEqual(expect.arrayContaining(['copilot', 'selvage:example']))
      expect(after).toMatchObject({ aud: 'selvage:example', azp: 'copilot', roles: ['sales-rep'], employee_id: 3 })
      expect([after.sub, after.sid]).toEqual([before.sub, before.sid])
      for (const absent of ['act', 'may_act', 'client_id']) expect(after).not.toHaveProperty(absent)
    })

    it('says nothing of an actor’s token, were it another’s or no token at all', async () => {
      const { access } = await loginAsProgram(await keycloak.client('nightly'))
      for (const actor of [access, 'garbage']) {
        const { after } = await exchanged(actor)
        expect(after.azp).toBe('copilot')
        expect(after).not.toHaveProperty('act')
      }
    })

    it('was for the agent too', async () => {
      const copilot = await keycloak.client('copilot')
      await expect(exchange(copilot, { subject: await keycloak.tokenFor('rep') })).rejects.toThrow()
    })
  })

  describe('a gate that is told so', () => {
    const trust = (more = ''): string => `  - alias: keycloak
    kind: login
    issuer: ${keycloak.issuer}
    token: { client: azp, require: { typ: [Bearer, DPoP] } }
    audience: selvage:example
    algorithms: [ES256]
    maxLifetime: 600
    roles: { sales-rep: sales-rep, analyst: analyst, clinician: clinician }
    groups: { /sales/emea: emea-sales }
    attributes: [employee_id, provider_id]
    claims: { trainings: { claim: trainings, maxAge: 3600 } }
    agents: [copilot]
${more}`

    it('takes a person with what is mapped of them, and what binds their token', async () => {
      const key = await createProofKey()
      const { access } = await loginByCode(await keycloak.client('selvage-cli-dpop', key), keycloak.person('rep'))
      const { subject, actors, clientId, sessionId, confirmation } = await verifierFor(trust()).verify(access)
      expect(subject).toMatchObject({ kind: 'User', id: `keycloak/${await keycloak.subjectOf('rep')}`, roles: ['sales-rep'] })
      expect([subject.groups, { ...subject.attributes }, actors]).toEqual([['emea-sales'], { employee_id: 3 }, []])
      expect([clientId, typeof sessionId]).toEqual(['selvage-cli-dpop', 'string'])
      expect(confirmation).toEqual({ kind: 'jkt', thumbprint: key.thumbprint })
    })

    it('takes a proof of that key, made as its client makes them, once', async () => {
      const key = await createProofKey()
      const token = await keycloak.tokenFor('rep', { key })
      const who = await verifierFor(trust()).verify(token)
      const checker = createSenderChecker({ now: Date.now, uptime: () => performance.now(), random: randomBytes })
      const address = 'http://127.0.0.1:4000/v1/sql'
      const claims = { htm: 'POST', htu: address, jti: 'one', nonce: checker.nonce(), ath: athOf(token) }
      const proof = await new SignJWT(claims)
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk })
        .setIssuedAt()
        .sign(key.privateKey)
      const presented = { rawHeaders: ['Authorization', `DPoP ${token}`, 'DPoP', proof], method: 'POST', address }
      expect(await checker.check(token, who, presented)).toEqual({ kind: 'dpop', thumbprint: key.thumbprint })
      expect(await codeOf(() => checker.check(token, who, presented))).toBe('identity.proof')
      const stolen = { ...presented, rawHeaders: ['Authorization', `Bearer ${token}`] }
      expect(await codeOf(() => checker.check(token, who, stolen))).toBe('identity.proof')
    })

    it('takes an exchanged token for the agent that exchanged it, acting for the person', async () => {
      const subject = await keycloak.tokenFor('rep', { scope: 'openid for-copilot' })
      const { access } = await exchange(await keycloak.client('copilot'), { subject, actor: 'garbage' })
      const verified = await verifierFor(trust()).verify(access)
      expect(verified.subject).toMatchObject({ kind: 'User', id: `keycloak/${await keycloak.subjectOf('rep')}` })
      expect(verified.actors).toMatchObject([{ kind: 'Agent', id: 'keycloak/copilot', roles: [] }])
    })

    it('takes a program as a workload, where it is listed', async () => {
      const { access } = await loginAsProgram(await keycloak.client('nightly'))
      expect((await verifierFor(trust('    workloads: [nightly]\n')).verify(access)).subject.kind).toBe('Workload')
    })

    it('refuses its ID and refresh tokens, and a token where the form is another', async () => {
      const { access, id, refresh } = await loginByCode(await keycloak.client('selvage-cli'), keycloak.person('rep'))
      for (const token of [id, refresh]) expect(await codeOf(() => verifierFor(trust()).verify(token!))).toMatch(/^identity\./)
      const rfc9068 = trust().replace(/ {4}(kind|token): .*\n/g, '')
      expect(await codeOf(() => verifierFor(rfc9068).verify(access))).toBe('identity.claims')
      expect(await codeOf(() => verifierFor(trust().replace('[ES256]', '[RS256]')).verify(access))).toBe('identity.signature')
    })
  })

  it('a group that is renamed has another name in the next token', async () => {
    await keycloak.renameGroup('/sales/emea', 'europe')
    expect(readToken(await keycloak.tokenFor('rep')).claims.groups).toEqual(['/sales/europe'])
  })

  it('who is disabled, or has another password, gets no token', async () => {
    await keycloak.disable('steward')
    await keycloak.changePassword('auditor', 'another one')
    for (const login of ['steward', 'auditor']) await expect(keycloak.tokenFor(login)).rejects.toThrow('asks the same again')
  })

  describe('its keys', () => {
    const kids = async (): Promise<unknown[]> => {
      const answer = await fetch(`${keycloak.issuer}/protocol/openid-connect/certs`)
      const { keys } = (await answer.json()) as { keys: { kid: string; alg: string }[] }
      return keys.filter(({ alg }) => alg === 'ES256').map(({ kid }) => kid)
    }
    const kidOf = async (): Promise<unknown> => readToken(await keycloak.tokenFor('rep')).header.kid

    it('rotate: the next token has a new one, and the old one is offered only if it was kept', async () => {
      const first = await kidOf()
      await keycloak.rotateKeys({ keep: true })
      const second = await kidOf()
      expect(await kids()).toEqual(expect.arrayContaining([first, second]))
      await keycloak.rotateKeys()
      const third = await kidOf()
      expect(new Set([first, second, third]).size).toBe(3)
      expect(await kids()).toEqual([third])
    })
  })

  it('is down, and back with the same keys and sessions', async () => {
    const client = await keycloak.client('selvage-cli')
    const { access, refresh } = await loginByCode(client, keycloak.person('rep'))
    await keycloak.halt()
    await expect(fetch(keycloak.issuer)).rejects.toThrow()
    await keycloak.resume()
    const renewed = await renew(client, refresh!)
    expect(readToken(renewed.access).header.kid).toBe(readToken(access).header.kid)
    expect(readToken(renewed.access).claims.sid).toBe(readToken(access).claims.sid)
    await keycloak.logout('rep')
    await expect(renew(client, refresh!)).rejects.toThrow()
  }, 420_000)
})
