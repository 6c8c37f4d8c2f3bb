import type { Uid } from '../cedar/index.ts'

export type MeshType =
  | 'Domain'
  | 'Product'
  | 'Table'
  | 'Column'
  | 'Label'
  | 'Purpose'
  | 'Role'
  | 'Group'
  | 'User'
  | 'Workload'
  | 'Agent'
  | 'Action'

export const meshUid = (type: MeshType, id: string): Uid => ({ type: `Mesh::${type}`, id })
