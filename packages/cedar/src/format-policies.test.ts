import { expect, it } from 'vitest'
import { formatPolicies } from './format-policies.ts'

const format = (text: string) => formatPolicies({ path: 'a.cedar', text })

it('lays a policy out, and keeps comments, annotations and texts', () => {
  const text = `// head
@id("sales/a") // after
@reason("see http://x // y")
permit(principal,action in Mesh::Action::"use",resource in Mesh::Domain::"sales") when { // inner
  principal has x && true }; // tail
// the end
`
  const formatted = format(text)
  expect(formatted).toEqual({
    text: `// head
@id("sales/a") // after
@reason("see http://x // y")
permit (
  principal,
  action in Mesh::Action::"use",
  resource in Mesh::Domain::"sales"
)
when
{ // inner
  principal has x && true
}; // tail
// the end
`,
  })
  expect('text' in formatted && format(formatted.text)).toEqual(formatted)
})

it('lays a template out', () => {
  const template = '@id("sales/partner") permit(principal in ?principal,action,resource in Mesh::Domain::"sales");'
  expect(format(template)).toEqual({
    text: '@id("sales/partner")\npermit (\n  principal in ?principal,\n  action,\n  resource in Mesh::Domain::"sales"\n);\n',
  })
})

it('leaves what holds no policy as it is, and says what is wrong with the rest', () => {
  expect(format('// nothing yet\n')).toEqual({ text: '// nothing yet\n' })
  expect(format('permit (')).toMatchObject({ findings: [{ code: 'policy.syntax', line: 1 }] })
  expect(format(`@id("sales/a") permit (principal, action, resource) when { ${'('.repeat(200)}true${')'.repeat(200)} };`)).toMatchObject({
    findings: [{ code: 'policy.too_large' }],
  })
})
