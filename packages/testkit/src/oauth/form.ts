/** A form of a page, as much of it as a login needs. */
export interface Form {
  readonly action: URL
  /** Its hidden inputs, and its first button: the one that agrees. */
  readonly given: Readonly<Record<string, string>>
  /** Its hidden inputs, and its last button: the one that refuses, where there are two. */
  readonly refusing: Readonly<Record<string, string>>
  /** The names of what a person fills in. */
  readonly asked: readonly string[]
}

/** The first form of a page; undefined where it has none. */
export function findForm(page: string, at: URL): Form | undefined {
  const [, attributes = '', body = ''] = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(page) ?? []
  if (attributes === '' && body === '') return undefined
  const inputs = [...body.matchAll(/<(?:input|button|select)\b([^>]*)>/gi)].map(([, text = '']) => readAttributes(text))
  const named = inputs.filter(input => input.name !== undefined)
  const hidden = named.filter(({ type }) => type === 'hidden')
  const buttons = named.filter(({ type }) => type === 'submit')
  return {
    action: new URL(readAttributes(attributes).action ?? '', at),
    given: valuesOf([...hidden, ...buttons.slice(0, 1)]),
    refusing: valuesOf([...hidden, ...buttons.slice(-1)]),
    asked: named.filter(({ type = 'text' }) => type === 'text' || type === 'password').map(({ name = '' }) => name),
  }
}

const valuesOf = (inputs: readonly Attributes[]): Record<string, string> =>
  Object.fromEntries(inputs.map(({ name = '', value = '' }) => [name, value]))

type Attributes = Readonly<Record<string, string | undefined>>

function readAttributes(text: string): Attributes {
  const found = [...text.matchAll(/([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/gi)]
  return Object.fromEntries(found.map(([, name = '', double, single]) => [name.toLowerCase(), decode(double ?? single ?? '')]))
}

const decode = (text: string): string =>
  text.replace(/&(amp|quot|lt|gt|#39|#x2F|#34);/gi, (whole, name: string) => characters[name.toLowerCase()] ?? whole)

const characters: Readonly<Record<string, string>> = { amp: '&', quot: '"', lt: '<', gt: '>', '#39': "'", '#x2f': '/', '#34': '"' }
