/** Letters of which the engine knows another case: the first and the last. */
const FIRST = 0x41
const LAST = 0x1e943

/** The pattern may ask for any case itself: `(?i)`, `(?s-i:…)`. */
const asksForAnyCase = /\(\?[a-z-]*i/i

/**
 * At most how many letters the ranges of a pattern have that the engine asks for their other cases, one by one, while it
 * compiles: `[a-\x{1e942}]` has 125,000, however short it is. Zero where case counts. Never less than there are: what is
 * no range, because it stands in no class, is counted as one.
 */
export function foldedLetters(text: string, anyCase: boolean): number {
  if (!anyCase && !asksForAnyCase.test(text)) return 0
  let letters = 0
  for (let at = text.indexOf('-'); at >= 0; at = text.indexOf('-', at + 1))
    letters += Math.max(0, Math.min(endOf(text, at + 1), LAST) - Math.max(beginOf(text, at), FIRST) + 1)
  return letters
}

/** The least that a range begins with whose `-` stands here: the letter before, or anything where that may be an escape. */
function beginOf(text: string, at: number): number {
  const before = text.slice(Math.max(0, at - LONGEST), at)
  if (/(?:\}|\\(?:x[0-9a-f]{2}|[0-7]{1,3}|.))$/is.test(before)) return FIRST
  return (/.$/su.exec(before)?.[0] ?? '').codePointAt(0) ?? FIRST
}

/** The most that it ends with. */
function endOf(text: string, at: number): number {
  inBraces.lastIndex = at
  const [, hex] = inBraces.exec(text) ?? []
  if (hex !== undefined) return Number.parseInt(hex, 16)
  return text[at] === '\\' ? LAST_ESCAPED : (text.codePointAt(at) ?? 0)
}

const inBraces = /\\x\{([0-9a-f]+)\}/iy
/** What an escape without braces can stand for: `\777`. */
const LAST_ESCAPED = 0o777
/** Characters of such an escape, which may be a letter in two halves. */
const LONGEST = 4
