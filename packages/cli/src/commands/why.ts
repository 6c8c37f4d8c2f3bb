import type { Command } from 'commander'
import { callGate } from '../gate-client.ts'
import { print, printJson } from '../output.ts'
import { formatTable } from '../table.ts'
import { plain } from '../text.ts'
import { type AskOptions, askOptions, questionOf } from './query.ts'

interface Rule {
  readonly id: string
  readonly reason?: string
}

interface Explanation {
  readonly purpose: string
  readonly labels: readonly string[]
  readonly tables: readonly {
    readonly table: string
    readonly rows: { readonly visible: string; readonly rules: readonly Rule[] }
    readonly columns: readonly {
      readonly name: string
      readonly used: boolean
      readonly protection: { readonly kind: string; readonly rule?: string; readonly reason?: string }
    }[]
  }[]
}

export function whyCommand(program: Command): void {
  askOptions(program.command('why').description('explain what a statement would give, without running it').argument('<sql>'))
    .addHelpText('after', '\nExample:\n  selvage why --as analyst --purpose analytics "SELECT email FROM sales.crm.customer"')
    .action(async (sql: string, options: AskOptions) => {
      const explanation = await callGate<Explanation>({ ...(await questionOf(sql, options)), path: '/v1/why' })
      if (options.json === true) return printJson(explanation)
      print(plain(`labels of what it touches: ${explanation.labels.join(', ')}`))
      for (const table of explanation.tables) {
        print(plain(`${table.table}: ${table.rows.visible} rows${because(table.rows.rules)}`))
        const rows = table.columns.map(({ name, used, protection }) => [
          name,
          used ? 'used' : '',
          protection.kind,
          protection.rule ?? '',
          protection.reason ?? '',
        ])
        print(formatTable(['column', 'used', 'protection', 'rule', 'reason'], rows))
      }
    })
}

const because = (rules: readonly Rule[]): string => (rules.length === 0 ? '' : `, by ${rules.map(rule => rule.id).join(', ')}`)
