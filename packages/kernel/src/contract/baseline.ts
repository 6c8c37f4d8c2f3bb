import type { ParsedProduct } from './contract-file.ts'
import type { ParsedTable } from './contract-table.ts'
import { withAncestors } from './graph.ts'
import type { Baseline, Taxonomy } from './mesh.ts'
import type { Column } from './product.ts'
import { quoted } from './report.ts'

type Must = Baseline['require'][number]['must'][number]

/** Reports each column that lacks what the baseline asks of it; one finding a column. */
export function checkBaseline({ product, tables, report }: ParsedProduct, owner: string, baseline: Baseline, taxonomy: Taxonomy): void {
  for (const parsed of tables) {
    for (const column of parsed.table.columns) {
      const labels = withAncestors(effectiveLabels(product.labels, parsed, column), taxonomy.labels)
      const asked = baseline.require.filter(({ when }) => when.label === undefined || labels.has(when.label)).flatMap(({ must }) => must)
      const missing = [...new Set(asked)].filter(must => !fulfils(must, column, parsed, owner))
      if (missing.length > 0)
        report('contract.baseline', parsed.columnPlaces.get(column.name), `the column ${quoted(column.name)} lacks: ${missing.join(', ')}`)
    }
  }
}

function effectiveLabels(productLabels: readonly string[], { table }: ParsedTable, column: Column): string[] {
  return [...productLabels, ...table.labels, ...column.labels, ...(column.classification === undefined ? [] : [column.classification])]
}

function fulfils(must: Must, column: Column, { table }: ParsedTable, owner: string): boolean {
  switch (must) {
    case 'description':
      return column.description !== undefined
    case 'owner':
      return owner !== ''
    case 'subject':
      return table.subject !== undefined
    case 'semanticType':
      return column.semanticType !== undefined
    case 'classification':
      return column.classification !== undefined
  }
}
