import { readOwnProperties, textProperty } from './custom-properties.ts'
import { asFields, Fields, type Placed } from './fields.ts'
import { localServerKeys } from './odcs-keys.ts'
import type { Source } from './product.ts'
import { quoted, type Report } from './report.ts'
import type { Tree } from './tree.ts'

/**
 * The one server of type `local`, format `csv`. ODCS has no key for the delimiter of a local file, so it stands in the
 * custom property `selvageDelimiter`; a key `delimiter`, as other tools write it, is read too. Servers of other
 * types are left alone.
 */
export function parseSource(contract: Fields): Source | undefined {
  const { report } = contract
  const sources = contract.list('servers').flatMap(item => parseServer(item, report) ?? [])
  if (sources.length > 1) report('contract.server', contract.placeOf('servers'), 'there is more than one server of type local')
  return sources[0]
}

function parseServer(tree: Tree, report: Report): Source | undefined {
  if (tree.kind !== 'map') {
    report('yaml.type', tree.place, '`servers` must hold maps of keys and values')
    return undefined
  }
  const type = new Fields(tree, [...tree.entries.keys()], report).needText('type')
  if (type === undefined) return undefined
  if (type.text !== 'local') {
    report('contract.server_not_used', type.place, `the server of type ${quoted(type.text)} is not used`)
    return undefined
  }
  const fields = asFields(tree, 'servers', localServerKeys, report)!
  fields.needText('server')
  const format = fields.needText('format')
  if (format !== undefined && format.text !== 'csv')
    report('contract.server', format.place, `the format ${quoted(format.text)} cannot be read`)
  const encoding = fields.text('encoding')
  if (encoding !== undefined && !/^utf-?8$/i.test(encoding.text))
    report('contract.server', encoding.place, `the encoding ${quoted(encoding.text)} cannot be read`)
  const path = parsePath(fields.needText('path'), report)
  return path === undefined ? undefined : { kind: 'csv', path, delimiter: parseDelimiter(fields) }
}

/** A path inside the data folder: no way out of it, no placeholder but `{table}`. */
function parsePath(path: Placed | undefined, report: Report): string | undefined {
  if (path === undefined) return undefined
  const parts = path.text.replaceAll('{table}', 'table').split('/')
  if (path.text.length <= 500 && parts.every(part => /^[^\\{}:*?"<>|]+$/.test(part) && !/^\.+$/.test(part))) return path.text
  report('contract.source_path', path.place, `${quoted(path.text)} is no path inside the data folder`)
  return undefined
}

function parseDelimiter(fields: Fields): string {
  const own = readOwnProperties(fields, ['selvageDelimiter'])
  const delimiter = textProperty(own, 'selvageDelimiter', fields) ?? fields.text('delimiter')
  if (delimiter === undefined) return ','
  if (delimiter.text.length !== 1 || /[\r\n"\s\p{L}\p{N}]/u.test(delimiter.text.replace('\t', ',')))
    fields.report('contract.delimiter', delimiter.place, `${quoted(delimiter.text)} is no delimiter`)
  return delimiter.text
}
