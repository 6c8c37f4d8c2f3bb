import { parentPort, workerData } from 'node:worker_threads'
import { Coverage } from './coverage.ts'
import { distUrl } from './dist-modules.ts'
import { linesRan } from './lines.ts'
import { Loop, type Plan } from './loop.ts'
import type { Report } from './report.ts'
import { openTarget } from './targets/index.ts'
import { Witness } from './witness.ts'

export interface Task extends Plan {
  readonly target: string
  readonly shared: SharedArrayBuffer
}

// Before anything of ours is loaded, so that what runs on loading is seen too.
const { target: name, shared, ...plan } = workerData as Task
const watched = new Set<string>()
const coverage = new Coverage(url => watched.has(url))
const target = await openTarget(name)
for (const file of target.files) watched.add(distUrl(file))
const report = await new Loop(target, plan, coverage, new Witness(shared)).run()
coverage.stop()
await target.close?.()
parentPort?.postMessage({ ...report, coverage: linesRan(target.files, coverage.all) } satisfies Report)
