import { csv } from './csv.mjs'
import { Random } from './random.mjs'

const adults = 5_000

/** [level, weight, share that earns more than 50,000] */
const education = [
  ['HS-grad', 980, 0.16],
  ['Some-college', 668, 0.2],
  ['Bachelors', 504, 0.42],
  ['Masters', 163, 0.56],
  ['Assoc-voc', 131, 0.26],
  ['11th', 105, 0.06],
  ['Assoc-acdm', 100, 0.25],
  ['10th', 82, 0.07],
  ['7th-8th', 56, 0.06],
  ['Prof-school', 54, 0.75],
  ['9th', 46, 0.05],
  ['12th', 38, 0.08],
  ['Doctorate', 37, 0.75],
  ['5th-6th', 29, 0.04],
  ['1st-4th', 15, 0.04],
  ['Preschool', 6, 0],
]
const race = [
  ['White', 86],
  ['Black', 9],
  ['Asian-Pac-Islander', 3],
  ['Amer-Indian-Eskimo', 1],
  ['Other', 1],
]
const marital = [
  ['Married-civ-spouse', 47],
  ['Never-married', 32],
  ['Divorced', 14],
  ['Separated', 3],
  ['Widowed', 3],
  ['Married-spouse-absent', 1],
  ['Married-AF-spouse', 0.2],
]
const country = [
  ['United-States', 910],
  ['Mexico', 20],
  ['Philippines', 6],
  ['Germany', 5],
  ['Puerto-Rico', 4],
  ['Canada', 4],
  ['India', 3],
  ['El-Salvador', 3],
  ['Cuba', 3],
  ['England', 3],
  ['Jamaica', 3],
  ['South', 2],
  ['China', 2],
  ['Italy', 2],
  ['Vietnam', 2],
  ['Japan', 2],
  ['Poland', 2],
  ['France', 1],
  ['Ireland', 1],
  ['Portugal', 1],
  ['Greece', 1],
]
const workclass = [
  ['Private', 74],
  ['Self-emp-not-inc', 8],
  ['Local-gov', 7],
  ['State-gov', 4],
  ['Self-emp-inc', 4],
  ['Federal-gov', 3],
  ['Without-pay', 0.1],
]
const occupation = [
  ['Prof-specialty', 13],
  ['Craft-repair', 13],
  ['Exec-managerial', 13],
  ['Adm-clerical', 12],
  ['Sales', 12],
  ['Other-service', 11],
  ['Machine-op-inspct', 7],
  ['Transport-moving', 5],
  ['Handlers-cleaners', 4],
  ['Farming-fishing', 3],
  ['Tech-support', 3],
  ['Protective-serv', 2],
  ['Priv-house-serv', 0.5],
  ['Armed-Forces', 0.1],
]

/** adult.csv, as a census gives it: semicolons, and lines that end as on Windows. */
export function censusFiles() {
  const random = new Random(0xce050001)
  const rows = Array.from({ length: adults }, () => makeAdult(random))
  const header = ['sex', 'age', 'race', 'marital-status', 'education', 'native-country', 'workclass', 'occupation', 'salary-class']
  return { 'census/adult.csv': csv(header, rows, { delimiter: ';', lineEnd: '\r\n' }) }
}

function makeAdult(random) {
  const [level, , share] = random.weighted(education.map(row => [row, row[1]]))
  const sex = random.chance(0.675) ? 'Male' : 'Female'
  // The sum of two draws: few are very young or very old.
  const age = 17 + random.between(0, 36) + random.between(0, 37)
  const factor = (sex === 'Male' ? 1.2 : 0.6) * (age < 25 ? 0.1 : 1)
  const rich = random.chance(Math.min(0.95, share * factor))
  return [
    sex,
    age,
    random.weighted(race),
    random.weighted(marital),
    level,
    random.weighted(country),
    random.weighted(workclass),
    random.weighted(occupation),
    rich ? '>50K' : '<=50K',
  ]
}
