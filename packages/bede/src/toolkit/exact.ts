/** An exact number in memory: `digits` over ten to the `scale`. The scale is kept as it came: 1.50 is not written 1.5. */
export interface Exact {
  readonly digits: bigint
  readonly scale: number
}

const FORM = /^(-?)(\d+)(?:\.(\d+))?$/

export const exact = (digits: bigint, scale = 0): Exact => ({ digits, scale })

/** Reads digits with at most one point, or answers undefined. */
export function readExact(text: string): Exact | undefined {
  const parts = FORM.exec(text)
  if (!parts) return undefined
  const fraction = parts[3] ?? ''
  const digits = BigInt(parts[2]! + fraction)
  return { digits: parts[1] ? -digits : digits, scale: fraction.length }
}

export function writeExact({ digits, scale }: Exact): string {
  const text = abs(digits)
    .toString()
    .padStart(scale + 1, '0')
  const sign = digits < 0n ? '-' : ''
  return scale === 0 ? sign + text : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`
}

const abs = (n: bigint): bigint => (n < 0n ? -n : n)
const power = (n: number): bigint => 10n ** BigInt(n)
const scaled = ({ digits, scale }: Exact, to: number): bigint => digits * power(to - scale)

export function compareExact(a: Exact, b: Exact): number {
  const scale = Math.max(a.scale, b.scale)
  const [x, y] = [scaled(a, scale), scaled(b, scale)]
  return x < y ? -1 : x > y ? 1 : 0
}

function aligned(a: Exact, b: Exact, f: (x: bigint, y: bigint) => bigint): Exact {
  const scale = Math.max(a.scale, b.scale)
  return { digits: f(scaled(a, scale), scaled(b, scale)), scale }
}

export const addExact = (a: Exact, b: Exact): Exact => aligned(a, b, (x, y) => x + y)
export const subtractExact = (a: Exact, b: Exact): Exact => aligned(a, b, (x, y) => x - y)
export const multiplyExact = (a: Exact, b: Exact): Exact => ({ digits: a.digits * b.digits, scale: a.scale + b.scale })
/** The sign of the dividend; `b` is not zero. */
export const moduloExact = (a: Exact, b: Exact): Exact => aligned(a, b, (x, y) => x % y)
export const negateExact = ({ digits, scale }: Exact): Exact => ({ digits: -digits, scale })
export const absExact = ({ digits, scale }: Exact): Exact => ({ digits: abs(digits), scale })

/** Whole part of the quotient, toward zero; `b` is not zero. */
export const quotientExact = (a: Exact, b: Exact): Exact => exact(aligned(a, b, (x, y) => x / y).digits)

/**
 * The quotient to as many digits as PostgreSQL gives: at least 16 that count, and at least the scale of either side.
 * `b` is not zero.
 */
export function divideExact(a: Exact, b: Exact): Exact {
  const [x, y] = [leading(a), leading(b)]
  const weight = x.weight - y.weight - (x.first <= y.first ? 1 : 0)
  const scale = Math.min(Math.max(16 - weight * 4, a.scale, b.scale, 0), 1000)
  return { digits: halfAwayFromZero(a.digits * power(scale + b.scale), b.digits * power(a.scale)), scale }
}

/** The first group of four digits that is not zero, and its place (0: the group before the point). */
function leading(value: Exact): { readonly weight: number; readonly first: number } {
  const [whole = '', fraction = ''] = writeExact(absExact(value)).split('.')
  const groups =
    whole.padStart(Math.ceil(whole.length / 4) * 4, '0') + fraction.padEnd(Math.ceil(fraction.length / 4) * 4, '0')
  for (let at = 0; at < groups.length; at += 4) {
    const first = Number(groups.slice(at, at + 4))
    if (first !== 0) return { weight: Math.ceil(whole.length / 4) - 1 - at / 4, first }
  }
  return { weight: 0, first: 0 }
}

function halfAwayFromZero(dividend: bigint, divisor: bigint): bigint {
  const [n, d] = [abs(dividend), abs(divisor)]
  const rounded = (n * 2n + d) / (d * 2n)
  return dividend < 0n === divisor < 0n ? rounded : -rounded
}

/** To `places` after the point (before it where negative), half away from zero. */
export function roundExact(value: Exact, places: number): Exact {
  const scale = Math.max(places, 0)
  if (places >= value.scale) return { digits: scaled(value, scale), scale }
  const rounded = halfAwayFromZero(value.digits, power(value.scale - places))
  return { digits: places < 0 ? rounded * power(-places) : rounded, scale }
}

export const truncateExact = ({ digits, scale }: Exact): Exact => exact(digits / power(scale))

export function floorExact(value: Exact): Exact {
  const whole = truncateExact(value)
  return compareExact(whole, value) > 0 ? exact(whole.digits - 1n) : whole
}

export const ceilExact = (value: Exact): Exact => negateExact(floorExact(negateExact(value)))

/** The first 15 digits of a float, halves to even: what PostgreSQL keeps when it makes a float a `numeric`. */
export function exactOf(float: number): Exact {
  if (float === 0) return exact(0n)
  // A hundred digits tell a half from what lies beside it.
  const [mantissa = '', power10 = '0'] = Math.abs(float).toExponential(100).split('e')
  const all = mantissa.replace('.', '')
  const rest = all.slice(15)
  const half = `5${'0'.repeat(rest.length - 1)}`
  const kept = BigInt(all.slice(0, 15))
  const up = rest > half || (rest === half && kept % 2n === 1n)
  let digits = up ? kept + 1n : kept
  let scale = 14 - Number(power10)
  while (digits % 10n === 0n && scale > 0) {
    digits /= 10n
    scale -= 1
  }
  const signed = float < 0 ? -digits : digits
  return scale < 0 ? exact(signed * power(-scale)) : { digits: signed, scale }
}

/** The nearest float; null beyond 1e300, zero nearer than 1e-300. */
export function floatOf(value: Exact): number | null {
  const float = Number(writeExact(value))
  const size = Math.abs(float)
  if (compareExact(absExact(value), LARGEST) > 0) return null
  return size < 1e-300 ? 0 : float
}

const LARGEST = exact(power(300))
