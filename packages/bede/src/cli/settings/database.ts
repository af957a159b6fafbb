import { addressHint, addressInWords } from '../../store/postgres/address.ts'
import { readSpan } from '../../toolkit/span.ts'
import type { Reading } from './reading.ts'

/** Which database, as far as the environment says it. */
export interface DatabaseSettings {
  /** Absent: the embedded one. */
  readonly url: string | undefined
  /** Addresses of servers that follow it, and how many milliseconds they may lag. */
  readonly replicas: readonly string[]
  readonly maxLag: number
}

const usualLag = 5_000

const lag = {
  expected: 'a length of time',
  example: '5s',
  parse: (text: string) => {
    const seconds = readSpan(text)
    return seconds === undefined ? undefined : seconds * 1000
  },
}

/**
 * `--database`, else `DATABASE_URL`. A variable that is there and empty is a mistake: it must not end on an empty embedded
 * database. `embedded`: which of the two a command wants.
 */
export function databaseSettings(reading: Reading, embedded: boolean | undefined): DatabaseSettings {
  const said = reading.stated({ variable: 'DATABASE_URL', option: 'database' })
  if (said && addressInWords(said.text) === undefined) {
    const message = `${said.place} is not the address of a PostgreSQL database: it needs a host and the name of a database.`
    reading.mistake(said.place, message, addressHint)
  }
  if (embedded === false && !said) {
    reading.mistake(
      'DATABASE_URL',
      'There is no DATABASE_URL, and production does not fall back to the embedded database by itself.',
      'Set DATABASE_URL=postgres://user:password@host:5432/database, or add --embedded.',
    )
  }
  if (embedded === true && said) {
    reading.mistake(
      'DATABASE_URL',
      'Both DATABASE_URL and --embedded say which database to use.',
      'Take one of them away.',
    )
  }
  const followers = reading.text({ variable: 'BEDE_DATABASE_REPLICAS' })?.text ?? ''
  const replicas = followers.split(',').flatMap((one) => one.trim() || [])
  if (!replicas.every((one) => addressInWords(one) !== undefined)) {
    const message = 'BEDE_DATABASE_REPLICAS holds what is not the address of a PostgreSQL database.'
    reading.mistake(
      'BEDE_DATABASE_REPLICAS',
      message,
      `With commas between them. ${addressHint.replace(/^It/, 'Each')}`,
    )
  }
  return { url: said?.text, replicas, maxLag: reading.value({ variable: 'BEDE_REPLICA_LAG' }, lag, usualLag) }
}
