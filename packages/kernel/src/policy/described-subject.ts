import type { TestSubject } from '../contract/index.ts'
import type { Subject } from './decision.ts'

/** One whom somebody described, a decision table or a directory, as a gate knows one by their token. */
export const describedSubject = ({ name, kind, roles, groups, attributes }: TestSubject, id = `test/${name}`): Subject => ({
  kind,
  id,
  roles,
  groups,
  attributes,
})
