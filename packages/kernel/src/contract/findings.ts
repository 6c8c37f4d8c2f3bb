import type { Finding } from '../model/index.ts'

interface Row {
  readonly severity: Finding['severity']
  /** What would help, where the place has nothing better to say. */
  readonly help: string
}

const error = (help: string): Row => ({ severity: 'error', help })
const warning = (help: string): Row => ({ severity: 'warning', help })
const note = (help: string): Row => ({ severity: 'note', help })

/** Every code that reading a mesh tree can give. A code never changes its meaning, and some test raises each. */
export const findingTable = {
  'tree.too_large': error('Keep every file under 1 MiB and the whole tree under 16 MiB; data does not belong into it.'),
  'tree.too_many_findings': error('Only the first findings are listed; mend those and check again.'),
  'tree.path': error('Paths are relative to the tree, with `/` between their parts and without `..`.'),
  'tree.duplicate_file': error('Leave one of them out.'),
  'tree.missing_file': error('Every mesh needs this file; the guide shows a smallest one.'),
  'tree.unknown_file': warning('Nothing reads it. Compare its name with the paths of a mesh tree.'),
  'tree.foreign_domain': warning('Only one domain was asked for; the files of others are not read.'),
  'text.character': error('Remove the control, direction-changing or broken character; reviewers cannot see it.'),

  'yaml.syntax': error('The file is no well-formed YAML 1.2 document.'),
  'yaml.too_complex': error('Write it flatter and shorter, with fewer aliases.'),
  'yaml.duplicate_key': error('Keep one of them.'),
  'yaml.unknown_key': error('Only documented keys are read; remove or correct it.'),
  'yaml.missing_key': error('Add it.'),
  'yaml.type': error('Write a value of the type that is asked for; text that looks like a number needs quotes.'),

  'variable.unresolved': error('Give it a value under `variables` in mesh.yaml, or with the bundle.'),
  'variable.malformed': error(
    'After `$` comes a name of letters, digits and underscores in braces; `$$` before a brace stands for `$` itself.',
  ),

  'name.invalid': error(
    'Names are [a-z][a-z0-9_]*, at most 63 characters, and no reserved word of Cedar; labels, purposes and roles may hold hyphens.',
  ),
  'name.duplicate': error('Rename or remove one of them.'),

  'mesh.unknown_domain': error('List the domain in mesh.yaml, or correct the name of its folder.'),

  'taxonomy.unknown_parent': error('Parents are other entries of the same tree.'),
  'taxonomy.cycle': error('Remove one of the parents: nothing can be below itself.'),
  'taxonomy.kind': error('A label is `restricting` or `releasing`.'),
  'taxonomy.iri': error('Write the absolute IRI of the term, such as https://w3id.org/dpv#ServiceProvision.'),
  'taxonomy.mask': error('A mask is one of the documented forms; leave it out, and its transform makes NULL.'),
  'taxonomy.attribute_type': error('A subject attribute is string, integer, boolean or strings.'),

  'link.entity': error('Write an entity as Cedar does, such as Mesh::Role::"partner".'),

  'baseline.unknown_label': error('Use a label of guardrails/taxonomy.yaml.'),
  'baseline.requirement': error('What can be required: description, owner, subject, semanticType, classification.'),

  'domain.issuer_kind': error('The kind of an issuer is rfc9068, login or workload.'),
  'domain.issuer_url': error('Write the exact `iss`: an https address, or http on this machine.'),
  'domain.algorithm': error('Use signature algorithms with a public key, such as ES256.'),
  'domain.device_method': error('Write managed, or attested.'),
  'domain.device_key': error('Write the public key as a JWK (kty, crv and x, and y for P-256), or the authority’s certificate.'),
  'domain.device_age': error('Write whole seconds, from 1 to 86400.'),
  'domain.lifetime': error('Write whole seconds, from 1 to 86400.'),
  'domain.unknown_role': error('Use a role of guardrails/taxonomy.yaml.'),
  'domain.unknown_purpose': error('Use a purpose of guardrails/taxonomy.yaml.'),
  'domain.unknown_group': error('Use a group of guardrails/taxonomy.yaml.'),
  'domain.unknown_attribute': error('Use a subject attribute of guardrails/taxonomy.yaml.'),
  'domain.token_form': error(
    'Only an issuer of kind `login` has `token`: `type` at+jwt, JWT or none, `client` and `id` (or none), `require` with what claims must be.',
  ),
  'domain.claim': error(
    'Name a claim, an inner one with dots (realm_access.roles) or as a list of names; each attribute has one, and maxAge 1 to 86400.',
  ),
  'domain.key': error('Pin public keys of the listed algorithms as JWKs with `kid`; RSA from 2048 bits.'),
  'domain.private_key': error('Remove it, and make another key: whoever has read this file can sign with it.'),
  'domain.exchange_only': error('No gate takes tokens of a workload issuer: leave out what they would say of a subject.'),
  'domain.signals': error(
    'Name the configuration of the issuer’s own transmitter (at the issuer’s origin), delivery push or poll, and silence from 10 to 86400 seconds.',
  ),
  'domain.agent_and_workload': error('A login is a person, an agent or a workload, and one of them only.'),

  'contract.api_version': error('ODCS 3.0.x to 3.2.0 are read.'),
  'contract.kind': error('Write `kind: DataContract`.'),
  'contract.identity': error('`domain`, `name` and `id` say where the file lies: domains/D/products/P has domain D, name P and id D.P.'),
  'contract.collision': error('Two products would have the same row types; rename one.'),
  'contract.duplicate_table': error('Rename or remove one of them.'),
  'contract.duplicate_column': error('Rename or remove one of them.'),
  'contract.duplicate_physical_name': error('Map each physical name once: a second copy would escape the labels of the first.'),
  'contract.empty': error('A contract needs a table, and a table a column.'),
  'contract.type': error('Give a logicalType, and a physicalType that fits it, such as INTEGER, DECIMAL(10,2) or FLOAT.'),
  'contract.nested_type': error('Objects, arrays, maps and vectors are not read yet; flatten them, or keep them as text.'),
  'contract.option': error('Use options that fit the type of the column.'),
  'contract.pattern': error('Write a regular expression without look-around and back references, at most 500 characters long.'),
  'contract.not_enforced': warning('It is kept in the text and not checked; write a quality rule where it matters.'),
  'contract.unknown_classification': error('Use a classification word of guardrails/taxonomy.yaml.'),
  'contract.unknown_label': error('Use a label of guardrails/taxonomy.yaml.'),
  'contract.label_is_classification': error('Write classification words under `classification` of a column.'),
  'contract.tag_like_label': warning('If the label is meant, write it as in guardrails/taxonomy.yaml.'),
  'contract.unknown_semantic_type': error('Use a semantic type of guardrails/taxonomy.yaml in the custom property selvageSemanticType.'),
  'contract.semantic_role': error(
    'ODCS keeps `semanticType` for column and dimension; ours stands in the custom property selvageSemanticType.',
  ),
  'contract.unknown_subject': error('Name a column of the same table.'),
  'contract.set_name': error('Give the set a name that no column of its table has.'),
  'contract.set_foreign_key': error(
    'Write `via: table.column`; that column has the relationship `to: table.key` to a unique key of this table, of text, UUID or a whole number.',
  ),
  'contract.set_column': error('Collect a column of the table that holds the foreign key.'),
  'contract.set_type': error('Collect text, or a whole number up to BIGINT.'),
  'contract.set_label': error(
    'Give the label to this table too, or leave the set out: a row that is shown for its set tells of the other table.',
  ),
  'contract.primary_key': error('Mark columns with `primaryKey: true` and number them 1, 2, … with primaryKeyPosition.'),
  'contract.unknown_property': error(
    'Custom properties of ours: selvageTitle, selvageAccess, selvageLabels, selvageSubject, selvageSets, selvageSemanticType, selvageDelimiter, each at its place.',
  ),
  'contract.access': error('Each entry names a role and purposes of guardrails/taxonomy.yaml, and tables of this contract, if not all.'),
  'contract.server': error('One server of type local, format csv, encoding UTF-8 gives the rows.'),
  'contract.server_not_used': note('The rows come from the server of type local.'),
  'contract.source_path': error('Write a path inside the data folder, such as sales/{table}.csv.'),
  'contract.delimiter': error('Write one character, such as `,` or `;`.'),
  'contract.quality': error('Use a library metric with one operator, a check digit of engine selvage, or a rule of type text or sql.'),
  'contract.operator': error(
    'Give exactly one of mustBe, mustNotBe, mustBeGreaterThan, … with a number, or a pair of numbers for …Between.',
  ),
  'contract.severity': error(
    'A rule is of severity error (its rows are quarantined where its bound counts rows, else nothing is published) or warning (counted).',
  ),
  'contract.unknown_column': error('Name a column of the same table.'),
  'contract.rule_not_run': note('SQL of a foreign contract is shown and never run.'),
  'directory.unknown': error('Use the alias of an issuer in domain.yaml, and subject attributes of guardrails/taxonomy.yaml.'),
  'directory.day': error('Write it as 2026-11-20.'),
  'directory.too_many': error('Name those whose access is to be reviewed.'),

  'test.unknown': error('Use a name of `who`, of the taxonomy, or of a contract.'),
  'test.incomplete': error('A test asks for one table or query, and expects rows and columns, rules, or a code.'),
  'test.unsupported': error('Leave it out; the guide lists what a decision table may expect.'),
  'test.too_many': error('Split the file.'),
  'contract.baseline': error('Add what guardrails/baseline.yaml asks of such a column.'),
} as const satisfies Record<string, Row>

export type FindingCode = keyof typeof findingTable

/** All codes, with severity and help, for documentation. */
export const findingCodes: readonly { readonly code: FindingCode; readonly severity: Finding['severity']; readonly help: string }[] =
  Object.entries(findingTable).map(([code, row]) => ({ code: code as FindingCode, ...row }))
