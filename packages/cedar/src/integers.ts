/**
 * Whether a JSON policy holds an integer that JavaScript numbers cannot hold exactly. The engine hands over the
 * nearest one it can, which is never a safe integer, so none can slip through changed.
 */
export function findUnsafeInteger(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isSafeInteger(value)
  if (typeof value === 'bigint') return true
  return typeof value === 'object' && value !== null && Object.values(value).some(findUnsafeInteger)
}
