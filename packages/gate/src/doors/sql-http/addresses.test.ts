import { expect, test } from 'vitest'
import { Addresses } from './addresses.ts'

test('the methods of an address, whatever stands for its variable parts', () => {
  const addresses = new Addresses()
  addresses.add('/v1/sql', ['POST'])
  addresses.add('/openapi.json', ['GET'])
  addresses.add('/openapi.json', ['HEAD'])
  addresses.add('/log/:name/*', ['GET', 'HEAD'])
  const at = (target: string): string => addresses.methodsAt(target).join(' ')
  expect([at('/v1/sql'), at('/v1/sql?a=b'), at('/openapi.json'), at('/log/audit/tile/0/000')]).toEqual([
    'POST',
    'POST',
    'GET HEAD',
    'GET HEAD',
  ])
  for (const missing of ['', '/', '/v1/sql/', '/v1/sqlx', '/openapiXjson', '/log/audit', '/log//x', '*', '/v1/sql\n'])
    expect(at(missing)).toBe('')
})
