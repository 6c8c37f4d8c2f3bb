import { type Form, findForm } from './form.ts'

export interface Login {
  readonly username: string
  readonly password: string
  /** What a device shows. */
  readonly user_code?: string
}

/** Which button of each form is pressed. */
export type Press = 'given' | 'refusing'

const maxSteps = 12
const patience = 30_000

interface Ask {
  readonly at: URL
  readonly body?: URLSearchParams
}

/**
 * A browser without a face: opens `start`, follows its issuer's redirects and fills in its forms, logging in and agreeing (or
 * refusing), until the issuer sends it to `redirectUri` or has nothing more to ask. Gives the last address.
 */
export async function browse(start: URL, login: Login, redirectUri?: string, press: Press = 'given'): Promise<URL> {
  const cookies = new Map<string, string>()
  const filled = new Set<string>()
  let ask: Ask = { at: start }
  for (let step = 0; step < maxSteps; step++) {
    const answer = await open(ask, cookies)
    const location = answer.headers.get('location')
    const form = location === null ? await formOf(answer, ask.at) : undefined
    if (location !== null) {
      ask = { at: new URL(location, ask.at) }
      if (redirectUri !== undefined && ask.at.href.startsWith(redirectUri)) return ask.at
      if (ask.at.origin !== start.origin) throw new Error(`the issuer leads elsewhere: ${ask.at.origin}`)
    } else if (form !== undefined) {
      ask = fill(form, login, filled, press)
    } else if (redirectUri === undefined) return ask.at
    else throw new Error('the issuer has nothing more to ask, and does not lead back')
  }
  throw new Error('the issuer asks on and on')
}

async function formOf(answer: Response, at: URL): Promise<Form | undefined> {
  const page = await answer.text()
  if (!answer.ok) throw new Error(`the issuer's page has status ${answer.status}`)
  return findForm(page, at)
}

function fill({ action, asked, ...buttons }: Form, login: Login, filled: Set<string>, press: Press): Ask {
  const names = asked.join(' ')
  if (names !== '' && filled.has(names)) throw new Error('the issuer refused the login: it asks the same again')
  filled.add(names)
  return { at: action, body: new URLSearchParams({ ...buttons[press], ...pick(login, asked) }) }
}

const pick = (login: Login, asked: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    asked.flatMap(name => (name === 'username' || name === 'password' || name === 'user_code' ? [[name, login[name] ?? '']] : [])),
  )

async function open({ at, body }: Ask, cookies: Map<string, string>): Promise<Response> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const answer = await fetch(at, {
    redirect: 'manual',
    headers: { cookie },
    signal: AbortSignal.timeout(patience),
    ...(body && { method: 'POST', body }),
  })
  for (const text of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=;]+)=([^;]*)/.exec(text) ?? []
    if (name !== undefined && value !== undefined) cookies.set(name, value)
  }
  return answer
}
