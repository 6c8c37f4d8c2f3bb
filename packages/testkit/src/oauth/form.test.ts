import { expect, it } from 'vitest'
import { findForm } from './form.ts'

const at = new URL('http://127.0.0.1:1/login/page?x=1')

it('finds where a form goes, what is given with it and what is asked', () => {
  const page = `<p>Hello</p><form class='f' action="/go?a=1&amp;b=2" method="post">
    <input type="hidden" name="state" value="&quot;s&quot;"><input name="username"/><input type="password" name="password">
    <input type="checkbox" name="remember"><input type="submit" value="In"><button type="submit" name="accept" value="Yes">Yes</button>
    <button type="submit" name="cancel" value="No">No</button></form><form action="/other"></form>`
  const form = findForm(page, at)
  expect(form?.action.href).toBe('http://127.0.0.1:1/go?a=1&b=2')
  expect(form?.given).toEqual({ state: '"s"', accept: 'Yes' })
  expect(form?.refusing).toEqual({ state: '"s"', cancel: 'No' })
  expect(form?.asked).toEqual(['username', 'password'])
})

it('asks for a choice too', () => {
  const form = findForm('<form><select name="username"><option>rep</option></select><button type="submit">Go</button></form>', at)
  expect([form?.asked, form?.given, form?.refusing]).toEqual([['username'], {}, {}])
})

it('takes a form without an address to be for its own page', () => {
  expect(findForm('<form method="post"><input name="username"></form>', at)?.action.href).toBe(at.href)
})

it('finds none where there is none', () => {
  expect(findForm('<p>form</p>', at)).toBe(undefined)
})
