/** What a field of the engine's tree may hold; with `?` it may be null. */
export type FieldKind =
  | 'expression'
  | 'table call'
  | 'expression?'
  | 'expressions'
  | 'rows'
  | 'query'
  | 'table'
  | 'statement'
  | 'orders'
  | 'order modifier'
  | 'modifiers'
  | 'ctes'
  | 'sample?'
  | 'group sets'
  | 'case checks'
  | 'replacements'
  | 'renames'
  | 'qualified names'
  | 'pivots'
  | 'type'
  | 'types'
  | 'value'
  | 'text'
  | 'texts'
  | 'columns'
  | 'flag'
  | 'false'
  | 'count'
  | 'null'
  | 'empty list'

export type Fields = Readonly<Record<string, FieldKind | readonly string[]>>

const comparisons = [
  'COMPARE_EQUAL',
  'COMPARE_NOTEQUAL',
  'COMPARE_LESSTHAN',
  'COMPARE_GREATERTHAN',
  'COMPARE_LESSTHANOREQUALTO',
  'COMPARE_GREATERTHANOREQUALTO',
  'COMPARE_DISTINCT_FROM',
  'COMPARE_NOT_DISTINCT_FROM',
] as const

const boundaries = ['ROWS', 'RANGE', 'GROUPS'].flatMap(unit => [`CURRENT_ROW_${unit}`, `EXPR_PRECEDING_${unit}`, `EXPR_FOLLOWING_${unit}`])

/** Expressions by `class`. DEFAULT and BOUND_… are not among them. A list of words: one of these. */
export const expressionGrammar: Readonly<Record<string, Fields>> = {
  BETWEEN: { type: ['COMPARE_BETWEEN'], input: 'expression', lower: 'expression', upper: 'expression' },
  CASE: { type: ['CASE_EXPR'], case_checks: 'case checks', else_expr: 'expression' },
  CAST: { type: ['OPERATOR_CAST'], child: 'expression', cast_type: 'type', try_cast: 'flag' },
  COLLATE: { type: ['COLLATE'], child: 'expression', collation: 'text' },
  COLUMN_REF: { type: ['COLUMN_REF'], column_names: 'texts' },
  COMPARISON: { type: comparisons, left: 'expression', right: 'expression' },
  CONJUNCTION: { type: ['CONJUNCTION_AND', 'CONJUNCTION_OR'], children: 'expressions' },
  CONSTANT: { type: ['VALUE_CONSTANT'], value: 'value' },
  FUNCTION: {
    type: ['FUNCTION'],
    function_name: 'text',
    schema: 'text',
    children: 'expressions',
    filter: 'expression?',
    order_bys: 'order modifier',
    distinct: 'flag',
    is_operator: 'flag',
    export_state: 'false',
    catalog: 'text',
  },
  LAMBDA: { type: ['LAMBDA'], lhs: 'expression', expr: 'expression' },
  OPERATOR: {
    type: [
      'OPERATOR_NOT',
      'OPERATOR_IS_NULL',
      'OPERATOR_IS_NOT_NULL',
      'OPERATOR_COALESCE',
      'OPERATOR_TRY',
      'OPERATOR_UNPACK',
      'COMPARE_IN',
      'COMPARE_NOT_IN',
      'ARRAY_EXTRACT',
      'ARRAY_SLICE',
      'STRUCT_EXTRACT',
      'ARRAY_CONSTRUCTOR',
      'GROUPING_FUNCTION',
    ],
    children: 'expressions',
  },
  PARAMETER: { type: ['VALUE_PARAMETER'], identifier: 'text' },
  POSITIONAL_REFERENCE: { type: ['POSITIONAL_REFERENCE'], index: 'count' },
  STAR: {
    type: ['STAR'],
    relation_name: 'text',
    exclude_list: 'texts',
    replace_list: 'replacements',
    columns: 'flag',
    expr: 'expression?',
    qualified_exclude_list: 'qualified names',
    rename_list: 'renames',
  },
  SUBQUERY: {
    type: ['SUBQUERY'],
    subquery_type: ['SCALAR', 'EXISTS', 'ANY'],
    subquery: 'statement',
    child: 'expression?',
    comparison_type: ['INVALID', ...comparisons],
  },
  WINDOW: {
    type: [
      'WINDOW_AGGREGATE',
      'WINDOW_RANK',
      'WINDOW_RANK_DENSE',
      'WINDOW_NTILE',
      'WINDOW_PERCENT_RANK',
      'WINDOW_CUME_DIST',
      'WINDOW_ROW_NUMBER',
      'WINDOW_FIRST_VALUE',
      'WINDOW_LAST_VALUE',
      'WINDOW_LEAD',
      'WINDOW_LAG',
      'WINDOW_NTH_VALUE',
      'WINDOW_FILL',
    ],
    function_name: 'text',
    schema: 'text',
    catalog: 'text',
    children: 'expressions',
    partitions: 'expressions',
    orders: 'orders',
    start: ['UNBOUNDED_PRECEDING', 'UNBOUNDED_FOLLOWING', ...boundaries],
    end: ['UNBOUNDED_PRECEDING', 'UNBOUNDED_FOLLOWING', ...boundaries],
    start_expr: 'expression?',
    end_expr: 'expression?',
    offset_expr: 'expression?',
    default_expr: 'expression?',
    ignore_nulls: 'flag',
    filter_expr: 'expression?',
    exclude_clause: ['NO_OTHER', 'CURRENT_ROW', 'GROUP', 'TIES'],
    distinct: 'flag',
    arg_orders: 'orders',
  },
}

/** Query nodes by `type`. */
export const queryGrammar: Readonly<Record<string, Fields>> = {
  SELECT_NODE: {
    select_list: 'expressions',
    from_table: 'table',
    where_clause: 'expression?',
    group_expressions: 'expressions',
    group_sets: 'group sets',
    aggregate_handling: ['STANDARD_HANDLING', 'FORCE_AGGREGATES'],
    having: 'expression?',
    sample: 'sample?',
    qualify: 'expression?',
  },
  SET_OPERATION_NODE: {
    setop_type: ['UNION', 'EXCEPT', 'INTERSECT', 'UNION_BY_NAME'],
    left: 'query',
    right: 'query',
    setop_all: 'flag',
  },
  RECURSIVE_CTE_NODE: {
    cte_name: 'text',
    union_all: 'flag',
    left: 'query',
    right: 'query',
    aliases: 'texts',
    key_targets: 'expressions',
  },
}

/** Table references by `type`. SHOW_REF, BOUND_TABLE_REF and COLUMN_DATA are not among them. */
export const tableGrammar: Readonly<Record<string, Fields>> = {
  BASE_TABLE: { schema_name: 'text', table_name: 'text', column_name_alias: 'texts', catalog_name: 'text', at_clause: 'null' },
  EMPTY: {},
  EXPRESSION_LIST: { expected_names: 'texts', expected_types: 'types', values: 'rows' },
  JOIN: {
    left: 'table',
    right: 'table',
    condition: 'expression?',
    join_type: ['INNER', 'LEFT', 'RIGHT', 'FULL', 'SEMI', 'ANTI'],
    ref_type: ['REGULAR', 'NATURAL', 'CROSS', 'POSITIONAL', 'ASOF'],
    using_columns: 'columns',
    delim_flipped: 'false',
    duplicate_eliminated_columns: 'empty list',
  },
  PIVOT: {
    source: 'table',
    aggregates: 'expressions',
    unpivot_names: 'texts',
    pivots: 'pivots',
    groups: 'columns',
    column_name_alias: 'texts',
    include_nulls: 'flag',
  },
  SUBQUERY: { subquery: 'statement', column_name_alias: 'texts' },
  TABLE_FUNCTION: { function: 'table call', column_name_alias: 'texts', with_ordinality: ['WITHOUT_ORDINALITY', 'WITH_ORDINALITY'] },
}

/** Result modifiers by `type`. */
export const modifierGrammar: Readonly<Record<string, Fields>> = {
  ORDER_MODIFIER: { orders: 'orders' },
  LIMIT_MODIFIER: { limit: 'expression?', offset: 'expression?' },
  LIMIT_PERCENT_MODIFIER: { limit: 'expression?', offset: 'expression?' },
  DISTINCT_MODIFIER: { distinct_on_targets: 'expressions' },
}

/** What types carry besides their id, by `type`. */
export const typeInfoGrammar: Readonly<Record<string, Fields>> = {
  DECIMAL_TYPE_INFO: { width: 'count', scale: 'count' },
  STRING_TYPE_INFO: { collation: 'text' },
  LIST_TYPE_INFO: { child_type: 'type' },
  ARRAY_TYPE_INFO: { child_type: 'type', size: 'count' },
  GENERIC_TYPE_INFO: {},
}
