import { request } from 'node:http'
import { join } from 'node:path'
import type { DevMesh } from '../dev-mesh.ts'
import { childrenOf } from './process-tree.ts'

export type Kind = 'gate' | 'engine' | 'parser' | 'control' | 'issuers'

export const partOf = (mesh: DevMesh, name: string): number | undefined =>
  childrenOf(mesh.process.pid!).find(({ command }) => command.includes(`/config/${name}.json`))?.pid

export function childOf(gate: number | undefined, kind: 'engine' | 'parser'): number | undefined {
  const script = kind === 'engine' ? 'execute/child.js' : 'parser/child.js'
  return gate === undefined ? undefined : childrenOf(gate).find(({ command }) => command.includes(script))?.pid
}

/** The process to kill, if it runs at this moment. */
export function victim(mesh: DevMesh, kind: Kind): number | undefined {
  if (kind === 'control' || kind === 'issuers') return partOf(mesh, kind)
  const gate = partOf(mesh, 'gate-sales')
  return kind === 'gate' ? gate : childOf(gate, kind)
}

/** Stops or starts one part of a running `selvage dev`, as its operator would. */
export const tellPart = (mesh: DevMesh, verb: 'stop' | 'start', name: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const options = { socketPath: join(mesh.state, 'dev.sock'), path: `/${verb}/${name}`, method: 'POST' }
    const sent = request(options, reply => void reply.resume().once('end', () => resolve(reply.statusCode)))
    sent.once('error', reject).end()
  })
