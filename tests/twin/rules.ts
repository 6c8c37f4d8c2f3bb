import type { Party } from '../golden/stand.ts'
import type { Choice } from './random.ts'
import { type ColumnPlan, idOf, type TablePlan } from './schema.ts'

export interface Rules {
  readonly centre: string
  readonly shop: string
  /** `links.yaml` of the domain; empty: none. */
  readonly links: string
  readonly party: Party
  /** What the rules say that is known by how they were made, not by asking anything of ours. */
  readonly hiddenTables: readonly string[]
  readonly deniedTables: readonly string[]
  readonly hiddenColumns: readonly string[]
  /** Some rule on tables of `shop.crm` holds only for statements that touch `shop.ops` too. */
  readonly beside: boolean
  /** Tables that such a statement may not read. */
  readonly deniedBeside: readonly string[]
  /** `table.column`s that no condition of a rule looks at. */
  readonly free: ReadonlySet<string>
  readonly forms: readonly string[]
}

const id = 'resource has id'
/** Conditions under which rows or cells are there. Each is a form that the evaluator, the printer and the engine treat in their own way. */
const conditions = {
  'one text': 'resource has country && resource.country == "DE"',
  'other text': 'resource has country && resource.country != "DE"',
  'set of texts': 'resource has country && ["DE", "FR", "é%_"].contains(resource.country)',
  'own number': 'resource has rep && principal has employee_id && resource.rep == principal.employee_id',
  'either of two columns':
    '(resource has country && resource.country == "DE") || (resource has rep && principal has employee_id && resource.rep == principal.employee_id)',
  'both of two columns': 'resource has country && resource.country == "DE" && resource has rep && resource.rep >= 1',
  'not of a flag': '!(resource has vip && resource.vip)',
  pattern: 'resource has country && resource.country like "D*"',
  'pattern with signs': 'resource has country && resource.country like "*%_"',
  'number below': 'resource has rep && resource.rep < 3',
  'number from': 'resource has rep && resource.rep >= 2',
  flag: 'resource has vip && resource.vip',
  'has a value': 'resource has country',
  'has none': '!(resource has country)',
  'two columns compared': `resource has rep && ${id} && resource.rep <= resource.id`,
  if: 'if resource has country then resource.country == "FR" else (resource has rep && resource.rep == 3)',
  'own set': 'resource has country && principal has trainings && principal.trainings.contains(resource.country)',
  'reached text': 'resource.near.contains("DE")',
  'reached own': 'principal has trainings && resource.near.containsAny(principal.trainings)',
  'reached column': 'resource has country && resource.near.contains(resource.country)',
  'reached nothing': 'resource.near.isEmpty()',
  'not reached': '!resource.near.contains("FR")',
  'no row': 'resource has country && resource.country == "nowhere"',
} as const satisfies Readonly<Record<string, string>>
type Condition = keyof typeof conditions
const conditionNames = Object.keys(conditions) as Condition[]

const ofOneself: ReadonlySet<Condition> = new Set(['own number', 'own set', 'reached own'])

const rowForms = [
  'all rows',
  ...conditionNames.map(name => `rows: ${name}`),
  'rows: forbidden when',
  'rows: permitted when',
  'rows: two forbids',
  'rows: of the centre by label',
  'rows: denied',
  'table: hidden',
]
const transforms = ['token', 'partial', 'generalize', 'null'] as const
const cellForms = [
  'cell: clear',
  'cell: clear',
  'cell: forbidden',
  'cell: forbidden where',
  'cell: shown where',
  ...transforms.map(name => `cell: ${name}`),
  ...transforms.map(name => `cell: ${name} where`),
  'cell: two masks where',
  'column: hidden',
]
const besideForms = ['beside: cell forbidden', 'beside: cell masked', 'beside: table denied'] as const
/** Of cells, beside whatever else is said of them; each is for nothing known of who asks but that they are an analyst. */
const alsoForms = {
  'also: any action': { principal: 'principal', action: 'action', asks: '' },
  'also: who has a role': { principal: 'principal in Mesh::Role::"analyst"', action: 'action', asks: '' },
  'also: no device': {
    principal: 'principal',
    action: 'action == Mesh::Action::"reveal"',
    asks: ' unless { context has device && context.device has managed && context.device.managed }',
  },
  'also: a weak proof': {
    principal: 'principal',
    action: 'action in [Mesh::Action::"discover", Mesh::Action::"reveal"]',
    asks: ' when { ["bearer"].contains(context.proof) && context.degraded.isEmpty() }',
  },
} as const
const linked = 'also: a linked template'
const alsoNames = Object.keys(alsoForms) as (keyof typeof alsoForms)[]
/** They hold for no table or column as such, which has no attributes: nothing is hidden by them. */
const ofRowsAlone = [
  'one text',
  'other text',
  'set of texts',
  'both of two columns',
  'pattern',
  'number below',
  'number from',
  'flag',
  'has a value',
  'two columns compared',
] as const satisfies readonly Condition[]
const partyForms = ['party: person', 'party: agent for a person', 'party: attributes missing'] as const

/** All that a long run has to have seen. */
export const policyForms: readonly string[] = [
  ...new Set([
    ...rowForms,
    ...cellForms,
    ...partyForms,
    ...besideForms,
    ...alsoNames,
    linked,
    'centre: mask by label',
    'agent: fewer columns',
  ]),
]

/** @param turn forms are taken in turn, so that each is met after some meshes */
export function planRules(choice: Choice, tables: readonly TablePlan[], turn: number): Rules {
  return new RulePlan(choice, turn).plan(tables)
}

class RulePlan {
  readonly #choice: Choice
  #turn: number
  #count = 0
  readonly #shop: string[] = []
  readonly #centre: string[] = []
  readonly #links: string[] = []
  readonly #hiddenTables: string[] = []
  readonly #deniedTables: string[] = []
  readonly #hiddenColumns: string[] = []
  readonly #deniedBeside: string[] = []
  readonly #forms = new Set<string>()
  readonly #partyForm: (typeof partyForms)[number]

  constructor(choice: Choice, turn: number) {
    this.#choice = choice
    this.#turn = turn * 4
    this.#partyForm = partyForms[choice.of([0, 0, 1, 2])]!
  }

  plan(tables: readonly TablePlan[]): Rules {
    for (const table of tables) this.#rows(table)
    for (const table of tables) for (const column of table.columns) this.#cell(table, column)
    if (this.#choice.chance(0.3)) {
      this.#saw('centre: mask by label')
      this.#centre.push(
        this.#rule('central', 'token', 'forbid (principal, action == Mesh::Action::"reveal", resource in Mesh::Label::"pii")'),
      )
    }
    const party = this.#party(tables)
    const beside = this.#choice.chance(0.4) && this.#beside(tables)
    for (const table of tables) if (this.#choice.chance(0.3)) this.#also(table)
    return {
      centre: this.#centre.join('\n'),
      shop: this.#shop.join('\n'),
      links: this.#links.length === 0 ? '' : `links:\n${this.#links.join('\n')}\n`,
      party,
      beside,
      deniedBeside: this.#deniedBeside,
      hiddenTables: this.#hiddenTables,
      deniedTables: this.#deniedTables,
      hiddenColumns: this.#hiddenColumns,
      free: new Set(
        tables.flatMap(table =>
          table.columns
            .filter(({ name }) => !['id', 'country', 'rep', 'vip', 'key'].includes(name))
            .map(({ name }) => `${idOf(table)}.${name}`),
        ),
      ),
      forms: [...this.#forms],
    }
  }

  #saw(form: string): string {
    this.#forms.add(form)
    return form
  }

  #rule(author: 'shop' | 'central', mask: string | undefined, text: string): string {
    this.#count += 1
    return `@id("${author}/r${this.#count}")${mask === undefined ? '' : ` @mask("${mask}")`} ${text};`
  }

  #add(text: string, mask?: string): void {
    this.#shop.push(this.#rule('shop', mask, text))
  }

  #rows(table: TablePlan): void {
    const at = `resource in Mesh::Table::"${idOf(table)}"`
    const row = `resource is shop::${table.product}::${table.name}`
    const form = this.#saw(rowForms[this.#turn++ % rowForms.length]!)
    if (form === 'table: hidden') {
      this.#hiddenTables.push(idOf(table))
      return
    }
    const when = form === 'rows: permitted when' ? ` when { ${conditions[this.#condition()]} }` : ''
    if (when === '') this.#add(`permit (principal, action in Mesh::Action::"use", ${at})`)
    else {
      this.#add(`permit (principal, action == Mesh::Action::"read", ${row})${when}`)
      this.#add(`permit (principal, action == Mesh::Action::"reveal", ${at})`)
    }
    const forbid = (rest: string): void => this.#add(`forbid (principal, action == Mesh::Action::"read", ${rest}`)
    if (form === 'rows: denied') {
      this.#deniedTables.push(idOf(table))
      forbid(`${at})`)
      return
    }
    if (form === 'rows: forbidden when') {
      forbid(`${row}) when { ${conditions[this.#condition()]} }`)
      return
    }
    if (form === 'rows: of the centre by label')
      this.#centre.push(
        this.#rule(
          'central',
          undefined,
          `forbid (principal, action == Mesh::Action::"read", resource in Mesh::Label::"internal") unless { context.purpose in Mesh::Purpose::"analytics" }`,
        ),
      )
    if (form === 'rows: two forbids') {
      forbid(`${row}) unless { ${conditions['number below']} }`)
      forbid(`${row}) when { ${conditions['one text']} }`)
      return
    }
    const name = form.replace('rows: ', '')
    // Without the attribute no row could ever pass, which is told as such.
    if (ofOneself.has(name as Condition) && this.#partyForm !== 'party: person') this.#deniedTables.push(idOf(table))
    if (name in conditions) forbid(`${row}) unless { ${conditions[name as Condition]} }`)
  }

  #condition(): Condition {
    // An agent has no attributes, nor has everyone.
    const missing = this.#partyForm !== 'party: person'
    return this.#choice.of(conditionNames.filter(name => name !== 'no row' && !(missing && ofOneself.has(name))))
  }

  #cell(table: TablePlan, { name }: ColumnPlan): void {
    const form = this.#choice.chance(0.55) ? 'cell: clear' : cellForms[this.#turn++ % cellForms.length]!
    const place = `${idOf(table)}.${name}`
    const column = `Mesh::Column::"${place}"`
    const cell = `resource is shop::${table.product}::${table.name} in ${column}`
    if (this.#hiddenTables.includes(idOf(table))) return
    // What is left of a table is always a key or two.
    if (form === 'column: hidden' && (name === 'id' || name === 'country')) return
    this.#saw(form)
    const forbid = (resource: string, mask?: string, when = ''): void =>
      this.#add(`forbid (principal, action == Mesh::Action::"reveal", ${resource})${when}`, mask)
    const where = (): string => ` unless { ${conditions[this.#condition()]} }`
    if (form === 'column: hidden') {
      this.#hiddenColumns.push(place)
      this.#add(`forbid (principal, action == Mesh::Action::"discover", resource == ${column})`)
    } else if (form === 'cell: forbidden') forbid(`resource in ${column}`)
    else if (form === 'cell: forbidden where') forbid(cell, undefined, ` when { ${conditions[this.#condition()]} }`)
    else if (form === 'cell: shown where') forbid(cell, undefined, where())
    else if (form === 'cell: two masks where') {
      forbid(cell, 'token', where())
      forbid(cell, 'partial', where())
    } else {
      const transform = transforms.find(one => form === `cell: ${one}` || form === `cell: ${one} where`)
      if (transform !== undefined)
        forbid(form.endsWith('where') ? cell : `resource in ${column}`, transform, form.endsWith('where') ? where() : '')
    }
  }

  #also(table: TablePlan): void {
    if (this.#hiddenTables.includes(idOf(table))) return
    const form = this.#choice.of([...alsoNames, linked] as const)
    this.#saw(form)
    const column = `Mesh::Column::"${idOf(table)}.${this.#choice.of(table.columns).name}"`
    const when = `when { ${conditions[this.#choice.of(ofRowsAlone)]} }`
    if (form === linked) {
      this.#add(`forbid (principal in ?principal, action == Mesh::Action::"reveal", resource in ?resource) ${when}`)
      const slots = `principal: 'Mesh::Role::"analyst"', resource: '${column}'`
      this.#links.push(`  - { id: shop/l${this.#count}, template: shop/r${this.#count}, ${slots} }`)
      return
    }
    const { principal, action, asks } = alsoForms[form]
    this.#add(`forbid (${principal}, ${action}, resource in ${column})${asks} ${when}`)
  }

  /** What is touched decides beside the row, so nothing of the row is asked. */
  #beside(tables: readonly TablePlan[]): true {
    const table = this.#choice.of(tables.filter(({ product }) => product === 'crm'))
    const form = this.#saw(this.#choice.of(besideForms))
    const touched = ' when { context.statement.labels.contains(Mesh::Label::"origin/shop/ops") }'
    if (form === 'beside: table denied') {
      this.#deniedBeside.push(idOf(table))
      this.#add(`forbid (principal, action == Mesh::Action::"read", resource in Mesh::Table::"${idOf(table)}")${touched}`)
    } else {
      const column = `resource in Mesh::Column::"${idOf(table)}.${this.#choice.of(table.columns).name}"`
      const mask = form === 'beside: cell masked' ? this.#choice.of(transforms) : undefined
      this.#add(`forbid (principal, action == Mesh::Action::"reveal", ${column})${touched}`, mask)
    }
    return true
  }

  #party(tables: readonly TablePlan[]): Party {
    const form = this.#saw(this.#partyForm)
    const attributes = form === 'party: attributes missing' ? {} : { employee_id: 3, trainings: ['DE', 'é%_'] }
    const subject = { kind: 'User', id: 'workforce/analyst', roles: ['analyst'], groups: [], attributes } as const
    if (form !== 'party: agent for a person') return { subject, actors: [] }
    const [table] = tables
    if (table !== undefined && !this.#hiddenTables.includes(idOf(table))) {
      this.#saw('agent: fewer columns')
      this.#add(`forbid (principal is Mesh::Agent, action == Mesh::Action::"reveal", resource in Mesh::Column::"${idOf(table)}.rep")`)
    }
    return { subject, actors: [{ kind: 'Agent', id: 'workforce/copilot', roles: ['analyst'], groups: [], attributes: {} }] }
  }
}
