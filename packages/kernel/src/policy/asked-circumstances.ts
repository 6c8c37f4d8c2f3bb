import { type Node, nodeChildren } from '../cedar/index.ts'

const ofDevice = ['method', 'source', 'managed', 'encrypted', 'patched', 'age_minutes'] as const

/** What a rule may ask of the circumstances of a request; `device`: whether anything is known of one. */
export type Circumstance = 'proof' | 'degraded' | 'device' | (typeof ofDevice)[number]

/** What a condition asks of the circumstances, each once; what reads a device or the context as a whole asks for all of it. */
export const askedCircumstances = (node: Node): readonly Circumstance[] => [...new Set(askedIn(node))]

function askedIn(node: Node): readonly Circumstance[] {
  if (isContext(node)) return ['proof', 'degraded', 'device', ...ofDevice]
  if (isDevice(node)) return ofDevice
  if (node.kind === 'get' || node.kind === 'has') {
    if (isContext(node.of)) return (['proof', 'degraded', 'device'] as const).filter(name => name === node.attribute)
    if (isDevice(node.of)) return ofDevice.filter(name => name === node.attribute)
  }
  return nodeChildren(node).flatMap(askedIn)
}

const isContext = (node: Node): boolean => node.kind === 'variable' && node.name === 'context'
const isDevice = (node: Node): boolean => node.kind === 'get' && node.attribute === 'device' && isContext(node.of)
