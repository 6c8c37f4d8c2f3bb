/** SNOMED CT codes: [code, description, days until it is over or null, weight]. All pass the check digit but the last. */
export const conditions = [
  ['444814009', 'Viral sinusitis (disorder)', 14, 30],
  ['195662009', 'Acute viral pharyngitis (disorder)', 12, 24],
  ['10509002', 'Acute bronchitis (disorder)', 21, 20],
  ['271737000', 'Anemia (disorder)', null, 12],
  ['15777000', 'Prediabetes', null, 14],
  ['44054006', 'Diabetes', null, 6],
  ['59621000', 'Hypertension', null, 14],
  ['162864005', 'Body mass index 30+ - obesity (finding)', null, 16],
  ['72892002', 'Normal pregnancy', 280, 10],
  ['53741008', 'Coronary Heart Disease', null, 5],
  ['195967001', 'Asthma', null, 6],
  ['65363002', 'Otitis media', 20, 8],
  ['44465007', 'Sprain of ankle', 28, 8],
  ['840539006', 'COVID-19', 21, 10],
  ['62106007', 'Concussion with no loss of consciousness', 30, 4],
  ['74400008', 'Appendicitis', 14, 3],
  ['706893006', 'Victim of intimate partner abuse (finding)', 400, 9],
  ['10939881000119105', 'Unhealthy alcohol drinking behavior (finding)', null, 7],
]

/** What a spreadsheet makes of the last one: the code no longer fits a double, and its check digit is wrong. */
export const spoiltCode = ['10939881000119104', 'Unhealthy alcohol drinking behavior (finding)', null]

/** [code, description, class, weight] */
export const visits = [
  ['185345009', 'Encounter for symptom', 'ambulatory', 30],
  ['162673000', 'General examination of patient (procedure)', 'wellness', 30],
  ['410620009', 'Well child visit (procedure)', 'wellness', 12],
  ['185347001', 'Encounter for problem', 'ambulatory', 16],
  ['50849002', 'Emergency room admission (procedure)', 'emergency', 6],
  ['424441002', 'Prenatal initial visit', 'ambulatory', 4],
  ['185349003', 'Encounter for check up (procedure)', 'outpatient', 12],
  ['702927004', 'Urgent care clinic (procedure)', 'urgentcare', 8],
  ['183452005', 'Emergency hospital admission', 'inpatient', 3],
]

export const ofPregnancy = new Set(['72892002', '424441002'])
