import { csv, dateAfter, daysBetween, instantAfter } from './csv.mjs'
import { places, spelled } from './places.mjs'
import { Random } from './random.mjs'
import { conditions, ofPregnancy, spoiltCode, visits } from './snomed.mjs'

const patients = 300
const organizations = 80
/** Rows whose code fails its check digit. */
const spoilt = 3
const today = '2024-02-05'
/** The tour's clinician. */
export const clinician = 'ed8b41e9-5365-3a49-ad5f-91bd8a8f174f'
const towns = [
  ['Boston', 'Suffolk'],
  ['Worcester', 'Worcester'],
  ['Springfield', 'Hampden'],
  ['Lowell', 'Middlesex'],
  ['Cambridge', 'Middlesex'],
  ['New Bedford', 'Bristol'],
  ['Quincy', 'Norfolk'],
  ['Lynn', 'Essex'],
  ['Barnstable', 'Barnstable'],
  ['Pittsfield', 'Berkshire'],
  ['Amherst', 'Hampshire'],
  ['Plymouth', 'Plymouth'],
]
const streets = ['Lock', 'Neck', 'Terrace', 'Union', 'Throughway', 'Heights', 'Rue', 'Hollow', 'Glen']
const kinds = ['HOSPITAL', 'MEDICAL CENTER INC', 'URGENT CARE', 'HEALTH ALLIANCE', 'FAMILY PRACTICE PC']

/** patients.csv, encounters.csv, conditions.csv, organizations.csv: a hospital group's tables. */
export function healthFiles() {
  const hospitals = makeOrganizations(new Random(0x4ea17001))
  const people = makePatients(new Random(0x4ea17002))
  const seen = makeEncounters(new Random(0x4ea17003), people, hospitals)
  const found = makeConditions(new Random(0x4ea17004), seen)
  return {
    'health/organizations.csv': csv(
      ['Id', 'NAME', 'ADDRESS', 'CITY', 'STATE', 'ZIP', 'LAT', 'LON', 'PHONE', 'REVENUE', 'UTILIZATION'],
      organizationRows(hospitals, seen),
    ),
    'health/patients.csv': csv(
      [
        'Id',
        'BIRTHDATE',
        'DEATHDATE',
        'SSN',
        'DRIVERS',
        'PASSPORT',
        'PREFIX',
        'FIRST',
        'LAST',
        'SUFFIX',
        'MAIDEN',
        'MARITAL',
        'RACE',
        'ETHNICITY',
        'GENDER',
        'BIRTHPLACE',
        'ADDRESS',
        'CITY',
        'STATE',
        'COUNTY',
        'ZIP',
        'LAT',
        'LON',
        'HEALTHCARE_EXPENSES',
        'HEALTHCARE_COVERAGE',
      ],
      people.map(person => Object.values(person)),
    ),
    'health/encounters.csv': csv(
      [
        'Id',
        'START',
        'STOP',
        'PATIENT',
        'ORGANIZATION',
        'PROVIDER',
        'PAYER',
        'ENCOUNTERCLASS',
        'CODE',
        'DESCRIPTION',
        'BASE_ENCOUNTER_COST',
        'TOTAL_CLAIM_COST',
        'PAYER_COVERAGE',
        'REASONCODE',
        'REASONDESCRIPTION',
      ],
      seen.map(({ row }) => row),
    ),
    'health/conditions.csv': csv(['START', 'STOP', 'PATIENT', 'ENCOUNTER', 'CODE', 'DESCRIPTION'], found),
  }
}

function makeOrganizations(random) {
  return Array.from({ length: organizations }, (_, index) => {
    const [city] = random.pick(towns)
    return {
      id: random.uuid(),
      provider: index === 0 ? clinician : random.uuid(),
      name: `${city.toUpperCase()} ${random.pick(kinds)} ${index + 1}`,
      address: `${random.between(1, 1493)} ${random.pick(streets).toUpperCase()} STREET`,
      city: city.toUpperCase(),
      zip: zipOf(random, index),
      phone: random.chance(0.08) ? null : random.shape('413-555-01##'),
    }
  })
}

/** Every sixth lost its leading zero in a spreadsheet; a third are ZIP+4. */
function zipOf(random, index) {
  const whole = `0${random.between(1001, 2799)}`
  if (index % 6 === 5) return whole.slice(1)
  return index % 3 === 1 ? `${whole}-${random.digits(4)}` : whole
}

function organizationRows(hospitals, seen) {
  const random = new Random(0x4ea17005)
  return hospitals.map(({ id, name, address, city, zip, phone }) => {
    const count = seen.filter(({ hospital }) => hospital.id === id).length
    return [id, name, address, city, 'MA', zip, latitude(random), longitude(random), phone, '0.0', count]
  })
}

const latitude = random => (41.3 + random.between(0, 1_500_000) / 1_000_000).toFixed(6)
const longitude = random => (-73.2 + random.between(0, 3_200_000) / 1_000_000).toFixed(6)

function makePatients(random) {
  const numbers = new Set()
  return Array.from({ length: patients }, () => makePatient(random, numbers))
}

function makePatient(random, numbers) {
  const place = random.pick(places)
  const birthdate = dateAfter('1934-01-01', random.between(0, daysBetween('1934-01-01', today) - 30))
  const age = daysBetween(birthdate, today) / 365.25
  const gender = random.pick(['F', 'M'])
  const married = age >= 25 && random.chance(0.55)
  const [birthTown] = random.pick(towns)
  const [city, county] = random.pick(towns)
  let ssn = random.shape('999-##-####')
  while (numbers.has(ssn)) ssn = random.shape('999-##-####')
  numbers.add(ssn)
  return {
    id: random.uuid(),
    birthdate,
    deathdate: age > 40 && random.chance(0.08) ? dateAfter(birthdate, random.between(Math.floor(40 * 365), Math.floor(age * 365))) : null,
    ssn,
    drivers: age >= 16 ? random.shape('S999#####') : null,
    passport: age >= 20 && random.chance(0.8) ? random.shape('X########X') : null,
    prefix: age < 18 ? null : gender === 'M' ? 'Mr.' : married ? 'Mrs.' : 'Ms.',
    first: spelled(random.pick(place.first)).own,
    last: spelled(random.pick(place.last)).own,
    suffix: random.chance(0.02) ? random.pick(['PhD', 'MD', 'JD']) : null,
    maiden: married && gender === 'F' ? spelled(random.pick(place.last)).own : null,
    marital: age < 25 ? null : married ? 'M' : 'S',
    race: random.weighted([
      ['white', 70],
      ['black', 10],
      ['asian', 14],
      ['native', 3],
      ['hawaiian', 3],
    ]),
    ethnicity: random.chance(0.15) ? 'hispanic' : 'nonhispanic',
    gender,
    birthplace: `${birthTown}  Massachusetts  US`,
    address: `${random.between(100, 1099)} ${random.pick(streets)}${random.chance(0.4) ? ` Apt ${random.between(1, 99)}` : ''}`,
    city,
    state: 'Massachusetts',
    county: `${county} County`,
    zip: random.chance(0.35) ? null : `0${random.between(1001, 2799)}`,
    lat: latitude(random),
    lon: longitude(random),
    expenses: (random.between(10_000_00, 1_500_000_00) / 100).toFixed(2),
    coverage: (random.between(0, 20_000_00) / 100).toFixed(2),
  }
}

function makeEncounters(random, people, hospitals) {
  const payers = Array.from({ length: 9 }, () => random.uuid())
  return people.flatMap((person, index) => {
    // A patient keeps to one practice; the tour's clinician, the first, holds the first four patients.
    const own = index < 4 ? hospitals[0] : hospitals[1 + ((index * 7) % (hospitals.length - 1))]
    const until = person.deathdate ?? today
    const from = dateAfter(until, -Math.min(daysBetween(person.birthdate, until), 3650))
    return Array.from({ length: random.between(4, 20) }, () => {
      const hospital = index >= 4 && random.chance(0.15) ? hospitals[random.between(1, hospitals.length - 1)] : own
      return makeEncounter(random, person, hospital, random.pick(payers), from, until)
    }).sort((a, b) => (a.start < b.start ? -1 : 1))
  })
}

function makeEncounter(random, person, hospital, payer, from, until) {
  const date = dateAfter(from, random.between(0, daysBetween(from, until) - 1))
  const [code, description, kind] = pickFor(random, visits, person, date)
  const second = random.between(28_800, 64_800)
  const start = instantAfter(date, second)
  const stop = instantAfter(date, second + random.between(15, 90) * 60)
  const reason = random.chance(0.3) ? pickFor(random, conditions, person, date) : [null, null]
  const base = random.pick([7749, 12916])
  const total = base + random.between(0, 500_000)
  const covered = random.chance(0.3) ? random.between(0, base) : 0
  const id = random.uuid()
  const row = [
    id,
    start,
    stop,
    person.id,
    hospital.id,
    hospital.provider,
    payer,
    kind,
    code,
    description,
    money(base),
    money(total),
    money(covered),
    reason[0],
    reason[1],
  ]
  return { id, start, date, person, hospital, row }
}

const money = cents => (cents / 100).toFixed(2)

/** One of the weighted codes that fit the person on that day. */
function pickFor(random, codes, person, date) {
  const age = daysBetween(person.birthdate, date) / 365.25
  const fits = ([code]) => code !== '410620009' || age < 18
  const expecting = person.gender === 'F' && age >= 18 && age < 45
  return random.weighted(codes.filter(row => fits(row) && (expecting || !ofPregnancy.has(row[0]))).map(row => [row, row[3]]))
}

function makeConditions(random, seen) {
  const rows = seen
    .filter(() => random.chance(0.5))
    .map(({ id, date, person }) => conditionRow(pickFor(random, conditions, person, date), id, date, person.id))
  // Spread over the file, the same rows each time.
  for (let index = 0; index < spoilt; index += 1) {
    const at = Math.floor(((index + 1) * rows.length) / (spoilt + 1))
    const [date, , patient, id] = rows[at]
    rows[at] = conditionRow(spoiltCode, id, date, patient)
  }
  return rows
}

function conditionRow([code, description, length], encounter, date, patient) {
  const stop = length === null ? null : dateAfter(date, length)
  return [date, stop !== null && stop > today ? null : stop, patient, encounter, code, description]
}
