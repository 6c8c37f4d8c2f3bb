/**
 * The keys that ODCS 3.0.x to 3.2.0 know at each level that we read (their JSON schemas are closed). A key that is
 * known and not used is accepted; all others are findings.
 */
const element = [
  'id',
  'name',
  'physicalType',
  'description',
  'businessName',
  'deprecated',
  'synonyms',
  'authoritativeDefinitions',
  'tags',
  'customProperties',
]

export const contractKeys = [
  'version',
  'kind',
  'apiVersion',
  'id',
  'name',
  'tenant',
  'tags',
  'status',
  'servers',
  'dataProduct',
  'description',
  'domain',
  'context',
  'schema',
  'support',
  'price',
  'team',
  'roles',
  'slaDefaultElement',
  'slaProperties',
  'authoritativeDefinitions',
  'customProperties',
  'contractCreatedTs',
]

export const descriptionKeys = ['purpose', 'usage', 'limitations', 'authoritativeDefinitions', 'customProperties']

export const tableKeys = [
  ...element,
  'logicalType',
  'physicalName',
  'dataGranularityDescription',
  'properties',
  'relationships',
  'quality',
  'context',
]

export const columnKeys = [
  ...element,
  'primaryKey',
  'primaryKeyPosition',
  'logicalType',
  'logicalTypeOptions',
  'physicalName',
  'required',
  'unique',
  'semanticType',
  'partitioned',
  'partitionKeyPosition',
  'classification',
  'encryptedName',
  'transformSourceObjects',
  'transformLogic',
  'transformDescription',
  'examples',
  'enum',
  'criticalDataElement',
  'relationships',
  'quality',
  'properties',
  'items',
  'map',
]

export const relationshipKeys = ['id', 'type', 'from', 'to', 'customProperties']

export const enumKeys = ['value', 'label', 'id', 'description', 'customProperties', 'authoritativeDefinitions', 'tags']

export const customPropertyKeys = ['id', 'property', 'value', 'description', 'vendor']

export const operators = [
  'mustBe',
  'mustNotBe',
  'mustBeGreaterThan',
  'mustBeGreaterOrEqualTo',
  'mustBeLessThan',
  'mustBeLessOrEqualTo',
  'mustBeBetween',
  'mustNotBeBetween',
] as const

export const qualityKeys = [
  'id',
  'authoritativeDefinitions',
  'businessImpact',
  'customProperties',
  'description',
  'dimension',
  'method',
  'name',
  'schedule',
  'scheduler',
  'severity',
  'tags',
  'type',
  'unit',
  'metric',
  'rule',
  'arguments',
  'query',
  'engine',
  'implementation',
  ...operators,
]

export const localServerKeys = [
  'id',
  'server',
  'type',
  'description',
  'environment',
  'roles',
  'customProperties',
  'path',
  'format',
  'encoding',
  'delimiter',
]
