import { csv, dateAfter, daysBetween } from './csv.mjs'
import { places, spelled } from './places.mjs'
import { Random } from './random.mjs'

const customers = 400
const invoices = 2_000
const companies = [
  'Selvedge Mills',
  'Norddeutsche Weberei GmbH',
  'Tecidos "Bom Fio" S.A.',
  'Loom & Sons, Ltd.',
  'Fil à Fil SARL',
  '織物工房',
  'Πλέγμα Α.Ε.',
  'Warp Inc.',
]
const mailHosts = ['example.com', 'example.org', 'example.net', 'mail.example', 'post.example']
const first = '2021-01-01'
/** The newest invoice is this old, so that a freshness objective of a day is broken. */
const last = '2025-12-22'

/** customer.csv, invoice.csv, invoice_line.csv: the shop's own tables. */
export function salesFiles() {
  const people = makeCustomers(new Random(0x5a1e5001))
  const orders = makeInvoices(new Random(0x5a1e5002), people)
  return {
    'sales/customer.csv': csv(
      [
        'customer_id',
        'first_name',
        'last_name',
        'company',
        'address',
        'city',
        'state',
        'country',
        'postal_code',
        'phone',
        'fax',
        'email',
        'support_rep_id',
      ],
      people.map(person => Object.values(person)),
    ),
    'sales/invoice.csv': csv(
      [
        'invoice_id',
        'customer_id',
        'invoice_date',
        'billing_address',
        'billing_city',
        'billing_state',
        'billing_country',
        'billing_postal_code',
        'total',
      ],
      orders.map(({ invoice }) => invoice),
    ),
    'sales/invoice_line.csv': csv(
      ['invoice_line_id', 'invoice_id', 'track_id', 'unit_price', 'quantity'],
      orders.flatMap(({ lines }) => lines).map((line, index) => [index + 1, ...line]),
    ),
  }
}

function makeCustomers(random) {
  const taken = new Set()
  const weights = places.map(place => [place, place.weight])
  return Array.from({ length: customers }, (_, index) =>
    makeCustomer(index + 1, index === 0 ? places[2] : random.weighted(weights), random, taken),
  )
}

function makeCustomer(id, place, random, taken) {
  const firstName = spelled(random.pick(place.first))
  const lastName = spelled(random.pick(place.last))
  const [city, state] = random.pick(place.cities)
  const street = random.pick(place.streets)
  const number = random.between(1, 1999)
  return {
    customer_id: id,
    first_name: firstName.own,
    last_name: lastName.own,
    company: random.chance(0.15) ? random.pick(companies) : null,
    address: place.number === 'first' ? `${number} ${street}` : `${street}, ${number}`,
    city,
    state,
    country: place.country,
    postal_code: place.postal === null || random.chance(0.03) ? null : random.shape(place.postal),
    phone: random.chance(0.03) ? null : random.shape(place.phone),
    fax: random.chance(0.2) ? random.shape(place.phone) : null,
    email: mailOf(firstName, lastName, random, taken),
    // Three people look after all customers; the tour's representative is number 3.
    support_rep_id: [3, 5, 3, 4, 5, 4][(id - 1) % 6],
  }
}

function mailOf(firstName, lastName, random, taken) {
  const host = random.pick(mailHosts)
  const name = random.chance(0.5) ? `${firstName.latin}.${lastName.latin}` : `${firstName.latin[0]}${lastName.latin}`
  let mail = `${name}@${host}`
  for (let count = 2; taken.has(mail); count += 1) mail = `${name}${count}@${host}`
  taken.add(mail)
  return mail
}

function makeInvoices(random, people) {
  const span = daysBetween(first, last)
  const days = [0, span, ...Array.from({ length: invoices - 2 }, () => random.between(0, span))].sort((a, b) => a - b)
  return days.map((days, index) => {
    const id = index + 1
    // Every customer buys at least once.
    const person = index < people.length ? people[index] : random.pick(people)
    const lines = Array.from({ length: random.between(1, 11) }, () => [id, random.between(1, 3503), random.chance(0.07) ? 199 : 99, 1])
    const cents = lines.reduce((sum, [, , price, quantity]) => sum + price * quantity, 0)
    const { customer_id, address, city, state, country, postal_code } = person
    return {
      invoice: [id, customer_id, `${dateAfter(first, days)}T00:00:00`, address, city, state, country, postal_code, money(cents)],
      lines: lines.map(([invoice, track, price, quantity]) => [invoice, track, money(price), quantity]),
    }
  })
}

const money = cents => (cents / 100).toFixed(2)
