export { maskLosses } from './mask-losses.ts'
export { effectiveTransform, type MaskedColumn, maskSql, typedNull } from './mask-sql.ts'
export { type TokenScope, tokenKeyInfo, tokenOf } from './token.ts'
export { joinTransforms } from './transform.ts'
