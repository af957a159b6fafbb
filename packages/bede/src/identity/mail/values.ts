import type { MailValue } from '../../manifest/mail/templates.ts'
import { Problem } from '../../telemetry/problem.ts'
import { isMailLine } from './mail.ts'

/** Says a value of its kind to a person. `origin`: what links begin with. */
export interface Said {
  readonly language: string
  readonly origin: string
}

/** Letters and digits in groups, as short as a person copies them. */
const code = /^[A-Za-z0-9]{2,16}(?:-[A-Za-z0-9]{2,16}){0,3}$/
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/
/** Directions in which text runs, and marks nobody sees: a name must not turn around what stands beside it. */
const unseen = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u
/** Letters of a name that stands in a mail. */
const longest = 160
const minute = 60
const hour = 60 * minute
const day = 24 * hour

/**
 * What is kept of a value until the mail is written. Throws a Problem `invalid-value` for text that a mail does not show:
 * more than one line, or an address that is not the app's; throws a TypeError for what no code of ours may give.
 */
export function checkValue(name: string, kind: MailValue, value: string): void {
  if (kind === 'text') {
    if (isMailLine(value, longest) && value.trim() !== '' && !unseen.test(value) && !value.includes('://')) return
    throw new Problem('invalid-value', {
      message: `${name} cannot stand in a mail: it is one line of at most ${longest} letters without an address in it`,
    })
  }
  if (!forms[kind](value)) throw new TypeError(`the value ${name} of a mail is no ${kind}`)
}

const forms: Readonly<Record<Exclude<MailValue, 'text'>, (value: string) => boolean>> = {
  link: (value) => pathUnder('https://app.example', value) !== undefined,
  code: (value) => code.test(value),
  span: (value) => /^[1-9]\d{0,8}$/.test(value),
  time: (value) => instant.test(value) && !Number.isNaN(Date.parse(value)),
}

/** A value as a person reads it. */
export const said: Readonly<Record<MailValue, (value: string, how: Said) => string>> = {
  text: (value) => value,
  code: (value) => value,
  link: (value, { origin }) => {
    const address = pathUnder(origin, value)
    if (address === undefined) throw new TypeError('a link of a mail leads nowhere but to the origin')
    return address
  },
  span: (value, { language }) => spanIn(language, Number(value)),
  time: (value, { language }) =>
    new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
      .format(new Date(value))
      .concat(' UTC'),
}

/**
 * A path below the origin, as an address; undefined for anything that is read otherwise than it is written, and so could
 * lead elsewhere (class 56): `//other`, `/\other`, `@other`, whole addresses, line breaks.
 */
function pathUnder(origin: string, path: string): string | undefined {
  const address = URL.canParse(path, origin) ? new URL(path, origin) : undefined
  return address?.origin === origin && address.href === `${origin}${path}` ? address.href : undefined
}

function spanIn(language: string, seconds: number): string {
  const [unit, length] = (
    [
      ['day', day],
      ['hour', hour],
      ['minute', minute],
    ] as const
  ).find(([, size]) => seconds % size === 0) ?? ['second', 1]
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(seconds / length)
}
