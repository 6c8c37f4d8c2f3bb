/** RFC 4180, as the real files are: fields are quoted where they must be, NULL is nothing. */
export function csv(header, rows, { delimiter = ',', lineEnd = '\n' } = {}) {
  const field = value => {
    if (value === null || value === undefined) return ''
    const text = String(value)
    return text.includes(delimiter) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return [header, ...rows.map(row => row.map(field))].map(row => row.join(delimiter) + lineEnd).join('')
}

const day = 86_400_000

/** `2021-01-01`, days after an ISO date. */
export const dateAfter = (date, days) => new Date(Date.parse(`${date}T00:00:00Z`) + days * day).toISOString().slice(0, 10)
export const daysBetween = (from, to) => Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / day)
/** `2021-01-01T08:30:00Z` */
export const instantAfter = (date, seconds) => `${new Date(Date.parse(`${date}T00:00:00Z`) + seconds * 1000).toISOString().slice(0, 19)}Z`
