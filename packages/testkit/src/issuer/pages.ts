import { createHash } from 'node:crypto'

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 34rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; line-height: 1.25; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; padding: 1rem; border: 1px solid; border-radius: .25rem; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
.code { margin: 1rem 0; font: 600 1.6rem/1.5 ui-monospace, monospace; letter-spacing: .1em; }
label { display: block; font-weight: 600; }
input, select { font: inherit; padding: .5rem; width: 100%; box-sizing: border-box; margin: .25rem 0 1rem; }
input { text-transform: uppercase; }
button { font: inherit; padding: .6rem 1.2rem; margin: 0 .5rem .5rem 0; }
.note { font-size: .9rem; margin-top: 2rem; } .wrong { font-weight: 600; }
`
const styleHash = createHash('sha256').update(style).digest('base64')

/**
 * No scripts, nothing from elsewhere, in nobody's frame. The address may hold a code, so no other origin is told it; with
 * `no-referrer`, browsers would not say from which origin a form comes.
 */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'cache-control': 'no-store',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}

/** Of parts that are escaped already. */
const page = (title: string, body: string): string => `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>${title} – development issuer</title><meta name="viewport" content="width=device-width, initial-scale=1"><style>${style}</style></head>
<body><main><h1>${title}</h1>
${body}
<p class="note">This is a development issuer. It asks for no password: whoever can open this page can be anybody on its list.</p></main></body></html>`

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
/** And nothing that reorders or hides what is shown. */
const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, character => entities[character]!).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd')

/** Who asked to be logged in, as the request said. */
export interface Asked {
  readonly client: string
  readonly address: string
  readonly software: string
  readonly purpose: string | undefined
}

const told = (code: string, { client, address, software, purpose }: Asked): string => `<p class="code">${escaped(code)}</p>
<dl><dt>Client</dt><dd>${escaped(client)}</dd>
<dt>Address</dt><dd>${escaped(address)}</dd>
<dt>Software</dt><dd>${software === '' ? 'it does not say' : `“${escaped(software)}”, it says`}</dd>
<dt>Purpose</dt><dd>${purpose === undefined ? 'no purpose named yet' : escaped(purpose)}</dd></dl>`

/** `secret`: what shows that a form is of this page (CSRF). */
const hidden = (secret: string): string => `<input type="hidden" name="xsrf" value="${escaped(secret)}">`

export const codePage = (secret: string, wrong: boolean): string =>
  page(
    'Log a device in',
    `${wrong ? '<p class="wrong" role="alert">No device waits with this code. It may be mistyped, used, or older than ten minutes.</p>' : ''}
<form method="post" action="/device">${hidden(secret)}<label for="user_code">The code that your device shows</label>
<input type="text" id="user_code" name="user_code" autocomplete="off" spellcheck="false" maxlength="32" required>
<button type="submit">Go on</button></form>`,
  )

export const confirmPage = (secret: string, code: string, asked: Asked): string =>
  page(
    'Is this your device?',
    `<p>A device asks to be logged in as you. Go on only if you asked for it yourself just now, and your device shows this code:</p>
${told(code, asked)}
<form method="post" action="/device">${hidden(secret)}<input type="hidden" name="user_code" value="${escaped(code)}">
<button type="submit" name="confirm" value="yes">It is mine, go on</button> <button type="submit" name="abort" value="yes">Refuse</button></form>`,
  )

export interface Logins {
  readonly logins: readonly string[]
  readonly code: string
  readonly asked: Asked
}

export const loginPage = ({ logins, code, asked }: Logins, wrong: boolean): string =>
  page(
    'Log this device in?',
    `${wrong ? '<p class="wrong" role="alert">There is no such login.</p>' : ''}
${told(code, asked)}
<form method="post"><label for="username">Log it in as</label>
<select id="username" name="username" required><option value="">Choose who you are</option>
${logins.map(login => `<option>${escaped(login)}</option>`).join('')}</select>
<button type="submit" name="answer" value="approve">Approve</button> <button type="submit" name="answer" value="refuse" formnovalidate>Refuse</button></form>`,
  )

export const donePage = (login: string): string =>
  page('Your device is logged in', `<p>It is logged in as ${escaped(login)}. You may close this page.</p>`)
export const refusedPage = (): string => page('Refused', '<p>Your device is not logged in. You may close this page.</p>')
export const sorryPage = (reason: string): string => page('That did not work', `<p role="alert">${escaped(reason)}</p>`)
export const outOfDate = 'This page is out of date. Open the address that your device shows again.'
