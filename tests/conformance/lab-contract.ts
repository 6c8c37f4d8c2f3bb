/** A contract of the domain `lab`, its data in one CSV file a table. */
export const labContract = (product: string, schema: string): string => `apiVersion: v3.2.0
kind: DataContract
id: lab.${product}
name: ${product}
version: 1.0.0
status: active
domain: lab
servers:
  - { server: files, type: local, path: "${product}/{table}.csv", format: csv }
schema:
${schema}
`
