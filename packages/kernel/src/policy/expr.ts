import type { Name } from '../model/index.ts'

/**
 * A condition over one row, left over when everything but the row is known. Every Expr is two-valued
 * by construction: a comparison holds only where its column `has` a value (is not NULL).
 */
export type Expr =
  | { readonly kind: 'const'; readonly value: boolean }
  | { readonly kind: 'not'; readonly of: Expr }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Expr[] }
  | { readonly kind: 'if'; readonly test: Expr; readonly yes: Expr; readonly no: Expr }
  /** The column is not NULL. */
  | { readonly kind: 'has'; readonly column: Name }
  /** FALSE where an operand is NULL. */
  | { readonly kind: 'compare'; readonly op: '==' | '<' | '<='; readonly left: Operand; readonly right: Operand }
  /** FALSE where the operand is NULL. */
  | { readonly kind: 'among'; readonly operand: Operand; readonly values: readonly Literal[] }
  /** `*` stands for any text; the parts between are literal. FALSE where NULL. */
  | { readonly kind: 'like'; readonly operand: Operand; readonly pattern: readonly ('*' | { readonly text: string })[] }
  /** A set of the row, which is never NULL, holds the value. FALSE where the operand is NULL. */
  | { readonly kind: 'member'; readonly set: Name; readonly operand: Operand }
  /** A set of the row holds these values and no others. */
  | { readonly kind: 'exactly'; readonly set: Name; readonly values: readonly Literal[] }
  /** A boolean column that is TRUE. */
  | { readonly kind: 'flag'; readonly column: Name }

export type Operand = { readonly kind: 'column'; readonly column: Name } | { readonly kind: 'literal'; readonly value: Literal }

/** Text, 64-bit integer, boolean. */
export type Literal = string | bigint | boolean
