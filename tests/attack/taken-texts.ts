/** What a door says that it takes: each route, and each place of a text in it. */
interface Document {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly security?: readonly Readonly<Record<string, unknown>>[]
}

interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly additionalProperties?: Schema | boolean
  readonly oneOf?: readonly Schema[]
}

/** Headers by which a scheme of the document is shown. */
const headersOf: Readonly<Record<string, readonly string[]>> = {
  token: ['authorization'],
  bound: ['authorization', 'dpop'],
  stream: ['authorization'],
}

/** `POST /v1/sql`, and each text: `POST /v1/sql body.sql`. Headers that say who asks are read alike on each route, but those of a stream. */
export function textsOf(document: unknown): readonly string[] {
  const { paths, components } = document as Document
  const texts = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const route = `${method.toUpperCase()} ${path}`
      const parameters = (operation.parameters ?? []).map(({ name }) => `${route} path.${name}`)
      return [route, ...parameters, ...bodyOf(route, operation, components.schemas), ...headersIn(route, operation)]
    }),
  )
  return [...new Set(texts)]
}

const bodyOf = (route: string, { requestBody }: Operation, schemas: Readonly<Record<string, Schema>>): readonly string[] =>
  requestBody === undefined
    ? []
    : [`${route} body`, ...Object.values(requestBody.content).flatMap(({ schema }) => fieldsOf(`${route} body`, schema, schemas))]

const headersIn = (route: string, { security = [] }: Operation): readonly string[] =>
  security
    .flatMap(scheme => Object.keys(scheme))
    .flatMap(name => (headersOf[name] ?? [`of a scheme ${name}`]).map(header => `${name === 'stream' ? `${route} ` : ''}header.${header}`))

function fieldsOf(at: string, schema: Schema, schemas: Readonly<Record<string, Schema>>): readonly string[] {
  const inner = (part: string, one: Schema): readonly string[] => fieldsOf(`${at}${part}`, one, schemas)
  if (schema.$ref !== undefined) return inner('', schemas[schema.$ref.split('/').at(-1)!]!)
  const open = typeof schema.additionalProperties === 'object' ? [`${at}.KEY`, ...inner('.*', schema.additionalProperties)] : []
  return [
    ...([schema.type].flat().includes('string') ? [at] : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, one]) => inner(`.${name}`, one)),
    ...(schema.items === undefined ? [] : inner('[]', schema.items)),
    ...(schema.oneOf ?? []).flatMap(one => inner('', one)),
    ...open,
  ]
}
