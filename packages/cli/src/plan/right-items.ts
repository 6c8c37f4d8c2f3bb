import type { Product } from '@selvage/kernel/contract'
import { type Asset, allows, type CompiledPolicies, type WrittenRule } from '@selvage/kernel/policy'
import { type Asked, inCircumstances, nameOf } from './asked.ts'
import { askedWords } from './circumstance.ts'
import { besides, type Item, type Right, rights } from './item.ts'
import { type Asking, askerOf } from './sight.ts'
import type { Sides } from './table-items.ts'

/** What may be asked about, and what it belongs to: of that it is said first. */
interface Place {
  readonly asset: Asset
  readonly above: readonly Asset[]
}

/**
 * What one may do with products beside reading, and with their tables and columns where rules of it name such: else it is as with
 * their product. Without a purpose first, which does for any.
 */
export function askRights(sides: Sides, products: readonly Product[], purposes: readonly string[]): readonly Asked[] {
  return products.flatMap(product => {
    const rules = sides.rules.on(product.id).filter(({ actions }) => rights.some(right => actions.has(right)))
    const words = askedWords(rules)
    const stated = rules.some(({ asksPurpose }) => asksPurpose) ? ['', ...purposes] : ['']
    return placesIn(product, rules).map(
      ({ asset, above }): Asked => ({
        asset,
        purposes: stated,
        questions: rights.length * (1 + words.length) * (1 + above.length),
        itemsOf: (viewer, purpose) =>
          inCircumstances(words, viewer, word => {
            const asking: Asking = { viewer, purpose, ...(word === undefined ? {} : { circumstances: word }) }
            const said = [...above.map(one => rightItems(sides, asking, one)), rightItems(sides, { ...asking, purpose: '' }, asset)]
            const own = rightItems(sides, asking, asset)
            return besides((purpose === '' ? said.slice(0, -1) : said).flat(), own)
          }),
      }),
    )
  })
}

function placesIn({ id, tables }: Product, rules: readonly WrittenRule[]): readonly Place[] {
  const named = (...types: readonly string[]): boolean => rules.some(rule => types.some(type => rule.types.has(type)))
  const product: Asset = { product: id }
  const ofTables = named('Table', 'Column', 'Label') ? tables : []
  const ofColumns = named('Column', 'Label') ? tables : []
  return [
    { asset: product, above: [] },
    ...ofTables.map(table => ({ asset: { table: table.id }, above: [product] })),
    ...ofColumns.flatMap(table =>
      table.columns.map(({ name }) => ({ asset: { column: `${table.id}.${name}` }, above: [product, { table: table.id }] })),
    ),
  ]
}

function rightItems({ before, after }: Sides, asking: Asking, asset: Asset): readonly Item[] {
  const [was, is] = [rightsOf(before, asking, asset), rightsOf(after, asking, asset)]
  const [gained, lost] = [rights.filter(one => is.has(one) && !was.has(one)), rights.filter(one => was.has(one) && !is.has(one))]
  const item = (held: readonly Right[], gains: boolean): Item[] => {
    if (held.length === 0) return []
    const [then, now, effect] = gains ? (['no', 'yes', 'gains'] as const) : (['yes', 'no', 'loses'] as const)
    return [{ of: 'rights', columns: [], rights: held, before: then, after: now, effect }]
  }
  return [...item(gained, true), ...item(lost, false)]
}

/** Who may without a purpose may for any: they need not state it. */
function rightsOf(side: CompiledPolicies | undefined, asking: Asking, asset: Asset): ReadonlySet<Right> {
  const asker = side === undefined ? undefined : askerOf(side.world.mesh, asking, nameOf(asset))
  if (side === undefined || asker === undefined) return new Set()
  const may = (purpose: string, right: Right): boolean => allows(side, { ...asker, purpose }, right, asset).allowed
  return new Set(rights.filter(right => may('', right) || (asker.purpose !== '' && may(asker.purpose, right))))
}
