import type { FastifyRequest } from 'fastify'
import { expect, it } from 'vitest'
import { presentedBy } from './presented.ts'

const addressOf = (host: string | undefined, url: string, publicAddress?: string): string => {
  const raw = { rawHeaders: [], method: 'POST', url, socket: {} }
  return presentedBy({ raw, headers: { host } } as unknown as FastifyRequest, { publicAddress }).address
}

it('an address is what the request names, without its query', () => {
  expect(addressOf('127.0.0.1:4000', '/v1/sql?x=1')).toBe('http://127.0.0.1:4000/v1/sql')
  expect(addressOf('GATE.example', '/v1/sql', 'https://gate.example')).toBe('https://gate.example/v1/sql')
  expect(addressOf('127.0.0.1:4000', '/v1/sql', 'https://gate.example')).toBe('http://127.0.0.1:4000/v1/sql')
})

it('no proof holds for a request that says where it goes in another way', () => {
  expect(addressOf('127.0.0.1:4000', 'http://127.0.0.1:4000/v1/sql')).toBe('')
  expect(addressOf(undefined, '/v1/sql')).toBe('')
  expect(addressOf('127.0.0.1:4000', '*')).toBe('')
})
