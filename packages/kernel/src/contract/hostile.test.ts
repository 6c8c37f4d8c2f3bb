// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders are those of a mesh tree.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ParsedMesh, parseMesh, treeBounds } from './parse-mesh.ts'
import { maxFindings } from './report.ts'
import { yamlBounds } from './yaml.ts'

const others = [
  { path: 'guardrails/taxonomy.yaml', text: 'labels: {}\n' },
  { path: 'guardrails/baseline.yaml', text: 'require: []\n' },
]
const parseHead = (text: string): ParsedMesh => parseMesh([{ path: 'mesh.yaml', text }, ...others])
const codes = (parsed: ParsedMesh): string[] => [...new Set(parsed.findings.map(finding => finding.code))]

/** Every hostile text costs less than this, milliseconds of this process's time: other work on the machine does not count. */
const patience = 5_000

function timed<T>(run: () => T): T {
  const start = process.cpuUsage()
  const out = run()
  const { user, system } = process.cpuUsage(start)
  expect((user + system) / 1_000).toBeLessThan(patience)
  return out
}

describe('a YAML bomb', () => {
  const laughs = (levels: number, width: number): string => {
    const lines = ['a0: &a0 [x]']
    for (let level = 1; level <= levels; level += 1)
      lines.push(
        `a${level}: &a${level} [${Array(width)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      )
    return `${lines.join('\n')}\nname: x\ndomains: []\n`
  }

  it('of billions of laughs is counted and not blown up', () => {
    const parsed = timed(() => parseHead(laughs(9, 9)))
    expect(codes(parsed)).toContain('yaml.too_complex')
    expect(parsed.mesh).toBeUndefined()
  })

  it('of many aliases is refused', () => {
    expect(codes(timed(() => parseHead(laughs(1, yamlBounds.aliases + 1))))).toContain('yaml.too_complex')
  })

  it('that names itself is refused', () => {
    expect(codes(parseHead('name: &a [*a]\ndomains: []\n'))).toEqual(['yaml.syntax'])
  })

  it('a few aliases are read', () => {
    expect(parseHead('name: &n small\ntitle: *n\ndomains: []\n').findings).toEqual([])
  })
})

describe('a large text', () => {
  it('of 50 MB is refused unread', () => {
    const text = 'x'.repeat(50 * 1024 * 1024)
    expect(codes(timed(() => parseHead(text)))).toContain('tree.too_large')
  })

  it('is measured in bytes of UTF-8', () => {
    const fits = '漢'.repeat(Math.floor((treeBounds.file - 100) / 3))
    expect(codes(parseHead(`name: small\ndomains: []\n# ${fits}\n`))).toEqual([])
    expect(codes(parseHead(`name: small\ndomains: []\n# ${fits}${'é'.repeat(100)}\n`))).toContain('tree.too_large')
  })

  it('of many keys is read in linear time, and its findings are bounded', () => {
    const text = Array.from({ length: 50_000 }, (_, index) => `k${index}: 1`).join('\n')
    const parsed = timed(() => parseHead(text))
    expect(parsed.findings).toHaveLength(maxFindings + 1)
    expect(codes(parsed)).toContain('tree.too_many_findings')
  })

  it.each([
    ['flow lists', '['.repeat(500_000)],
    ['closed flow lists', '['.repeat(250_000) + ']'.repeat(250_000)],
    ['flow maps', '{a: '.repeat(150_000)],
    ['block lists', '- '.repeat(300_000)],
    ['indented maps', Array.from({ length: 1_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['explicit keys', '? '.repeat(200_000)],
    ['anchors', '&a '.repeat(200_000)],
    ['tags', '!a '.repeat(200_000)],
    ['quotes', `"${'\\"'.repeat(400_000)}`],
    ['block scalars', `a: |\n${' \n'.repeat(300_000)}`],
    ['documents', '---\n'.repeat(200_000)],
    ['comments', '#\n'.repeat(400_000)],
    ['carriage returns', '\r'.repeat(500_000)],
    ['percent signs', '%a\n'.repeat(200_000)],
    ['colons', ': '.repeat(300_000)],
  ])('of %s ends in time with findings', (_, text) => {
    const parsed = timed(() => parseHead(text))
    expect(parsed.mesh).toBeUndefined()
    expect(parsed.findings.length).toBeGreaterThan(0)
  })
})

describe('nesting', () => {
  const flow = (depth: number): string => `name: small\ndomains: []\nvariables: ${'['.repeat(depth)}${']'.repeat(depth)}\n`
  const block = (depth: number): string =>
    `name: small\ndomains: []\nvariables:\n${Array.from({ length: depth }, (_, level) => `${' '.repeat(level + 1)}a:${level === depth - 1 ? ' b' : ''}\n`).join('')}`

  it.each([
    ['flow', flow],
    ['block', block],
  ])('in %s style is read as deep as the bound, and no deeper', (_, nest) => {
    // `variables` stands at depth 1.
    expect(codes(parseHead(nest(yamlBounds.depth - 1)))).toEqual(['yaml.type'])
    expect(codes(parseHead(nest(yamlBounds.depth + 1)))).toEqual(['yaml.too_complex'])
  })
})

describe('weird characters', () => {
  it.each(['\u0000', '\u0007', '\u001b[31m', '\u0085', '\u202e', '\u2066', '\ud800', '\udfff', '\ufffe', 'a\ufeff', '\u2028', '\u{e0041}'])(
    '%j is refused',
    text => {
      expect(codes(parseHead(`name: small\ntitle: ${text}\ndomains: []\n`))).toContain('text.character')
      const escaped = [...Array(text.length).keys()].map(index => `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`).join('')
      expect(codes(parseHead(`name: small\ntitle: "${escaped}"\ndomains: []\n`))).toContain('text.character')
    },
  )

  it.each(['Größe', '漢字', 'مرحبا', 'שלום', '👩‍🔬', 'नमस्ते', '\u200e', '"tab\\t"'])('%s is let through', text => {
    expect(parseHead(`name: small\ntitle: ${text}\ndomains: []\n`).findings).toEqual([])
  })

  it('a byte order mark and Windows line ends are let through', () => {
    expect(parseHead('\ufeffname: small\r\ndomains: []\r\n').findings).toEqual([])
  })

  it.each(['ｓmall', 'smaⅼl', 'sm\u0430ll', 'small\u200b', 'Small'])('%j is no name', name => {
    expect(codes(parseHead(`name: "${name}"\ndomains: []\n`))).toEqual(['name.invalid'])
  })

  it('are shown in findings without what a terminal obeys', () => {
    const { findings } = parseMesh([{ path: 'x\u001b[2J\u202e', text: '' }])
    expect(JSON.stringify(findings)).not.toMatch(/\\u001b|\u202e/)
  })
})

describe('names of JavaScript', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is a key like any other', key => {
    expect(codes(parseHead(`name: small\ndomains: []\n${key}: 1\n`))).toEqual(['yaml.unknown_key'])
    expect(
      codes(
        parseMesh([
          { path: 'mesh.yaml', text: 'name: small\ndomains: []\n' },
          others[1]!,
          { path: 'guardrails/taxonomy.yaml', text: `labels: { ${key}: { kind: releasing } }\n` },
        ]),
      ),
    ).not.toContain('yaml.syntax')
    expect(({} as Record<string, unknown>).kind).toBeUndefined()
  })

  it.each(['toString', '__proto__', 'constructor'])('${%s} is no variable that has a value', name => {
    const files = [
      { path: 'mesh.yaml', text: 'name: small\ndomains: []\n' },
      others[0]!,
      { path: 'guardrails/baseline.yaml', text: `require: [{ must: ["\${${name}}"] }]\n` },
    ]
    expect(codes(parseMesh(files))).toContain('variable.unresolved')
  })
})

describe('variables', () => {
  const titled = (title: string, variables: Record<string, string>): ParsedMesh =>
    parseMesh(
      [
        { path: 'mesh.yaml', text: 'name: small\ndomains: [shop]\nvariables: { A: default, B: other }\n' },
        ...others,
        { path: 'domains/shop/domain.yaml', text: `owner: "${title}"\n` },
      ],
      { variables },
    )
  const ownerOf = (parsed: ParsedMesh): string | undefined => parsed.mesh?.domains[0]?.owner

  it('come from outside before mesh.yaml, and are not looked into', () => {
    expect(ownerOf(titled('${A}/${B}', {}))).toBe('default/other')
    expect(ownerOf(titled('${A}/${B}', { A: '${B}' }))).toBe('${B}/other')
    expect(ownerOf(titled('$${A} $A $$', {}))).toBe('${A} $A $$')
    expect(ownerOf(titled('$$${A}', {}))).toBe('$${A}')
  })

  it('add no structure and no refused character', () => {
    expect(ownerOf(titled('${A}', { A: 'x"\nissuers: []' }))).toBe('x"\nissuers: []')
    expect(codes(titled('${A}', { A: '\u202e' }))).toEqual(['text.character'])
  })
})

describe('any text', () => {
  it('gives a mesh or findings, and never throws', () => {
    const yamlish = fc
      .array(
        fc.constantFrom(
          'a',
          '1',
          ':',
          ' ',
          '\n',
          '- ',
          '[',
          ']',
          '{',
          '}',
          ',',
          '"',
          "'",
          '&x ',
          '*x',
          '!',
          '|',
          '>',
          '#',
          '%',
          '${',
          '}',
          '?',
          '\t',
          '漢',
          'name: ',
          'domains: ',
          '~',
          '---\n',
          '...\n',
        ),
        { maxLength: 60 },
      )
      .map(parts => parts.join(''))
    fc.assert(
      fc.property(
        fc.oneof(yamlish, fc.string({ unit: 'binary' })),
        fc.constantFrom(
          'mesh.yaml',
          'guardrails/taxonomy.yaml',
          'guardrails/baseline.yaml',
          'domains/shop/domain.yaml',
          'domains/shop/products/crm/contract.odcs.yaml',
        ),
        (text, path) => {
          const files = [
            { path: 'mesh.yaml', text: 'name: small\ndomains: [shop]\n' },
            ...others,
            { path: 'domains/shop/domain.yaml', text: 'owner: x\n' },
          ].filter(file => file.path !== path)
          const { mesh, findings } = parseMesh([...files, { path, text }])
          expect(mesh === undefined).toBe(findings.some(finding => finding.severity === 'error'))
          for (const { line, column } of findings) {
            const lines = text.split(/\r\n|\n|\r/)
            if (line !== undefined && column !== undefined) expect(line <= lines.length + 1 && line > 0 && column > 0).toBe(true)
          }
        },
      ),
      { numRuns: 1_000 },
    )
  })
})

describe('a finding', () => {
  it.each(['name: !x%1B[31m y\n', 'name: !<%1B]0;x%07> y\n', 'name: !x%E2%80%AE y\n'])(
    'of the library is shown without what a terminal obeys: %j',
    text => {
      const shown = parseHead(text).findings.map(({ what }) => what)
      expect(shown.join()).toContain('x')
      for (const what of shown) expect(what).not.toMatch(/[^\P{C}]/u)
    },
  )
})
