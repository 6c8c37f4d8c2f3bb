import { isList, isRecord, SourceNumber, type SqlTree } from './tree.ts'

/** JSON that reads back as the same tree; what `json_deserialize_sql` takes. */
export function printTree(tree: SqlTree): string {
  const out: string[] = []
  print(tree, out)
  return out.join('')
}

function print(tree: SqlTree, out: string[]): void {
  if (tree instanceof SourceNumber) out.push(tree.source)
  else if (isList(tree)) printItems('[', ']', tree, out, item => print(item, out))
  else if (isRecord(tree))
    printItems('{', '}', Object.entries(tree), out, ([key, value]) => {
      out.push(JSON.stringify(key), ':')
      print(value, out)
    })
  else out.push(JSON.stringify(tree))
}

function printItems<T>(start: string, end: string, items: readonly T[], out: string[], item: (item: T) => void): void {
  out.push(start)
  items.forEach((value, i) => {
    if (i > 0) out.push(',')
    item(value)
  })
  out.push(end)
}
