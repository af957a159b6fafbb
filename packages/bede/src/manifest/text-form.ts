import type { ValueType } from '../expr/value.ts'

// How the kinds that are written as text in JSON look: regular expressions (ECMA-262, flag `u`) for JSON Schema's
// `pattern`. Every one is anchored and has no nested repetition over the same letters, so that none can be made slow.

/** Any Unicode text a database can store: well-formed (no lone surrogate) and without NUL. */
export const storable = '^[^\\u0000\\ud800-\\udfff]*$'

/** A UUID in the canonical form of RFC 9562 §4; only the lower-case form, so that equal ids are equal texts. */
export const uuid = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'

const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
/** An address as mail is really delivered to: RFC 5321 §4.1.2 without quoted local parts, address literals and dotless domains. */
export const email = `^[A-Za-z0-9!#$%&'*+/=?^_\`{|}~-]+(?:\\.[A-Za-z0-9!#$%&'*+/=?^_\`{|}~-]+)*@${label}(?:\\.${label})+$`
/** RFC 5321 §4.5.3.1.3: a path is at most 256 octets, its brackets included. */
export const emailLength = 254

/** An absolute http or https URL (RFC 3986), so that what is stored can be shown as a link without `javascript:`. */
export const httpUrl = "^https?://(?:[A-Za-z0-9._~!$&'()*+,;=:@/?#[\\]-]|%[0-9A-Fa-f]{2})+$"
/** What browsers and servers agree to carry. */
export const urlLength = 2048

export const slug = '^[a-z0-9]+(?:-[a-z0-9]+)*$'

const year = '(?!0000)[0-9]{4}'
const day = `${year}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])`
const clock = '(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,9})?'
/** RFC 3339 §5.6 `full-date`. */
export const date = `^${day}$`
/** RFC 3339 §5.6 `partial-time`, without leap seconds. */
export const time = `^${clock}$`
/** RFC 3339 §5.6 `date-time` with capital T and Z, without leap seconds. */
export const timestamp = `^${day}T${clock}(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$`

/** ISO 8601 without years and months, which have no fixed length. */
export const duration =
  '^-?P(?=[0-9T])(?:[0-9]{1,9}W)?(?:[0-9]{1,9}D)?' +
  '(?:T(?=[0-9])(?:[0-9]{1,9}H)?(?:[0-9]{1,9}M)?(?:[0-9]{1,9}(?:\\.[0-9]{1,6})?S)?)?$'

/** RFC 4648 §4, padded. */
export const base64 = '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'

/** A whole number of 64 bits, without leading zeros; exact to its last digit. */
export const int64 = `^(?:0|-?(?:${upTo('9223372036854775807')})|-9223372036854775808)$`

/** A decimal number without exponent: at most `precision` digits, `scale` of them after the point. */
export function decimal(precision?: number, scale = 0): string {
  if (precision === undefined) return '^-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?$'
  const whole = precision - scale
  const before = whole > 1 ? `(?:0|[1-9][0-9]{0,${whole - 1}})` : whole === 1 ? '[0-9]' : '0'
  return `^-?${before}${scale > 0 ? `(?:\\.[0-9]{1,${scale}})?` : ''}$`
}

/** The positive whole numbers up to `limit`: those with fewer digits, then digit by digit below it, then itself. */
function upTo(limit: string): string {
  const last = limit.length - 1
  const below = [...limit].flatMap((digit, i) => {
    const least = i === 0 ? 1 : 0
    if (Number(digit) <= least) return []
    return [`${limit.slice(0, i)}[${least}-${Number(digit) - 1}]${i < last ? `[0-9]{${last - i}}` : ''}`]
  })
  return [`[1-9][0-9]{0,${last - 1}}`, ...below, limit].join('|')
}

/** An id that is text; of several parts one after the other with `~` between them. */
export function key(parts: readonly { readonly type: ValueType }[] | undefined): string {
  if (parts === undefined) return storable
  const part = ({ type }: { readonly type: ValueType }): string =>
    type.kind === 'integer' || type.kind === 'bigint' || type.integer ? '-?[0-9]{1,18}' : '[^~\\u0000\\ud800-\\udfff]*'
  return `^${parts.map(part).join('~')}$`
}
