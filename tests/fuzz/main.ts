import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from './dist-modules.ts'
import { replay } from './replay.ts'
import { linesOf, type Report } from './report.ts'
import { runTarget } from './run-target.ts'
import { plantedNames, targetNames } from './targets/index.ts'

/** `npm run fuzz -- --inputs N --seed S [--target NAME …] [--jobs J] [--json FILE] [--lines] | --target NAME --replay FILE`. */
const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '20000' },
    seed: { type: 'string' },
    target: { type: 'string', multiple: true },
    jobs: { type: 'string', default: '1' },
    json: { type: 'string' },
    replay: { type: 'string' },
    findings: { type: 'string', default: '20' },
    hang: { type: 'string', default: '30000' },
    lines: { type: 'boolean', default: false },
  },
})
const names = values.target ?? targetNames
const unknown = names.find(name => ![...targetNames, ...plantedNames].includes(name))
if (unknown !== undefined) throw new Error(`there is no target ${unknown}; there are ${targetNames.join(', ')}`)
const seed = Number(values.seed ?? Date.now() % 4_294_967_296)
if (values.replay !== undefined) await replay(names[0]!, values.replay)
else await runAll()

async function runAll(): Promise<void> {
  console.log(`seed ${seed}, ${values.inputs} inputs each`)
  const reports: Report[] = []
  const queue = [...names]
  const next = async (): Promise<void> => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const report = await runTarget(name, {
        seed,
        inputs: Number(values.inputs),
        slowMs: 2_000,
        hangMs: Number(values.hang),
        findings: Number(values.findings),
      })
      reports.push(report)
      print(report)
      if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(reports, null, 1))
    }
  }
  await Promise.all(Array.from({ length: Number(values.jobs) }, next))
  const findings = reports.reduce((sum, { findings: found }) => sum + found.length, 0)
  console.log(
    `${reports.length} targets, ${reports.reduce((sum, { inputs }) => sum + inputs, 0)} inputs, ${findings} findings, seed ${seed}`,
  )
  process.exitCode = findings === 0 ? 0 : 1
}

function print(report: Report): void {
  const { name, inputs, accepted, outcomes, kept, seconds, slowest, growth, coverage } = report
  const { lines, ran } = linesOf(coverage)
  const perSecond = Math.round(inputs / Math.max(0.001, seconds))
  console.log(
    `${name.padEnd(18)} ${inputs} inputs ${perSecond}/s, ${accepted} taken, ${outcomes} outcomes, ${kept} kept, lines ${ran}/${lines}, slowest ${slowest.toFixed(1)} ms, growth ${(growth / 1_048_576).toFixed(1)} MiB`,
  )
  for (const { file, missing } of values.lines ? coverage : [])
    if (missing.length > 0) console.log(`  ${file}: not reached ${missing.join(' ')}`)
  report.findings.forEach(({ kind, what, input }, at) => {
    const path = join(root, 'tests', 'fuzz', 'findings', `${name}-${kind}-${seed}-${at}`)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, Buffer.from(input, 'base64'))
    console.log(`  ${kind}: ${what}\n    npm run fuzz -- --target ${name} --replay ${path}`)
  })
}
