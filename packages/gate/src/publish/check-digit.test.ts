import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasCheckDigit } from './check-digit.ts'

describe('check digits', () => {
  // Identifiers of SNOMED CT's own documentation and browser.
  it.each(['138875005', '73211009', '22298006', '10939881000119105', '195662009', '999999990989121104'])('takes the SNOMED id %s', id => {
    expect(hasCheckDigit.snomed(id)).toBe(true)
  })

  // The first is what a double makes of the identifier above.
  it.each(['10939881000119104', '138875006', '12345', '0138875005', '', '13887500x', '1'.repeat(19)])('refuses %j', id => {
    expect(hasCheckDigit.snomed(id)).toBe(false)
  })

  it.each(['79927398713', '4111111111111111', '18'])('takes the Luhn number %s', text => {
    expect(hasCheckDigit.luhn(text)).toBe(true)
  })

  it.each(['79927398710', '4111111111111112', '0', '', '7992739871 3'])('refuses the Luhn number %j', text => {
    expect(hasCheckDigit.luhn(text)).toBe(false)
  })

  it('finds every changed digit and every swap of neighbours', () => {
    const id = '10939881000119105'
    fc.assert(
      fc.property(fc.nat(id.length - 1), fc.integer({ min: 1, max: 9 }), (place, shift) => {
        const digit = (Number(id[place]) + shift) % 10
        expect(hasCheckDigit.snomed(id.slice(0, place) + digit + id.slice(place + 1))).toBe(false)
      }),
    )
    for (let place = 1; place < id.length; place += 1) {
      const swapped = id.slice(0, place - 1) + id[place] + id[place - 1] + id.slice(place + 1)
      expect(hasCheckDigit.snomed(swapped)).toBe(swapped === id)
    }
  })
})
