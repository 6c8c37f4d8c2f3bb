/** An error as the engine gives it with `errors_as_json`. Its text may hold values: it is never public. */
export interface EngineError {
  /** Such as `Binder`, `Conversion`, `Out of Memory`. */
  readonly type: string
  readonly message: string
  readonly subtype?: string
  /** Bytes from the start of the text that was prepared. */
  readonly position?: number
  readonly candidates?: readonly string[]
}

export function parseEngineError(error: unknown): EngineError {
  const text = error instanceof Error ? error.message : String(error)
  const start = text.indexOf('{')
  const fields = start < 0 ? undefined : parseObject(text.slice(start))
  return fields === undefined ? { type: unknownType(text), message: text } : engineErrorOf(fields)
}

/** Of the fields that `json_serialize_sql` or `errors_as_json` gives. */
export function engineErrorOf(fields: Readonly<Record<string, unknown>>): EngineError {
  const text = (...names: readonly string[]): string | undefined => {
    for (const name of names) if (typeof fields[name] === 'string') return fields[name]
    return undefined
  }
  const subtype = text('error_subtype')
  const position = Number(text('position'))
  const candidates = text('candidates')
  return {
    type: (text('exception_type', 'error_type') ?? 'Unknown').toLowerCase(),
    message: text('exception_message', 'error_message') ?? '',
    ...(subtype === undefined ? {} : { subtype }),
    ...(Number.isSafeInteger(position) && text('position') !== undefined ? { position } : {}),
    ...(candidates === undefined ? {} : { candidates: candidates.split(',') }),
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** Where it had no room even to say so: the exception's name alone, or what Node says that could not have a buffer, or the system. */
const noRoom = /\bstd::bad_alloc\b|\bArray buffer allocation failed\b|\bENOMEM\b|\bCannot allocate memory\b/

/** `Conversion Error: …` where the engine gave no JSON. */
const unknownType = (text: string): string =>
  noRoom.test(text) ? 'out of memory' : (/^([A-Z][A-Za-z -]{2,40}) Error: /.exec(text)?.[1] ?? 'unknown').toLowerCase()
