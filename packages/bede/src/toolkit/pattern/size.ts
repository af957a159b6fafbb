interface Group {
  /** Of what stands before the last atom. */
  size: number
  last: number
}

/** A letter, a class or an escape, with what it takes to go on after it. */
const ATOM = 2
/** An escape that stands for very many ranges: `\p{L}`. */
const UNICODE_CLASS = 20
const BRANCH = 1
/** `\p{Some_Long_Name}`; a longer one is nobody's, and is counted as more than it is. */
const LONGEST_ESCAPE = 60

/**
 * At most how many instructions a pattern of RE2 compiles to, told without compiling it: a repetition that is counted is
 * written out, so that `((a{1000}){1000}){1000}` would be a thousand million of them. Never less than it takes.
 */
export function patternSize(text: string): number {
  const groups: Group[] = [{ size: 0, last: 0 }]
  const top = (): Group => groups[groups.length - 1] ?? { size: 0, last: 0 }
  const atom = (weight: number): void => {
    const group = top()
    group.size += group.last
    group.last = weight
  }
  let at = 0
  while (at < text.length) {
    const char = text[at]
    const counted = char === '{' ? /^\{(\d+)(,?)(\d*)\}/.exec(text.slice(at, at + 40)) : null
    if (counted) {
      const [whole, least = '', comma, most = ''] = counted
      const times = Math.max(1, Number(least) + (comma === ',' && most === '' ? 1 : 0), Number(most))
      top().last = (top().last + BRANCH) * times
      at += whole.length
    } else if (char === '\\' && text[at + 1] === 'Q') {
      const end = text.indexOf('\\E', at + 2)
      const stop = end < 0 ? text.length : end
      atom(ATOM * Math.max(1, stop - at))
      at = end < 0 ? stop : stop + 2
    } else if (char === '\\') {
      // What is in braces after these is a name or a number, and no count.
      const [inBraces = ''] = /^\\[xpP]\{[^}]*\}/.exec(text.slice(at, at + LONGEST_ESCAPE)) ?? []
      atom(/[pP]/.test(text[at + 1] ?? '') ? UNICODE_CLASS : ATOM)
      at += Math.max(2, inBraces.length)
    } else if (char === '[') {
      const end = classEnd(text, at)
      atom(ATOM + (text.slice(at, end).match(/\\[pP]/g)?.length ?? 0) * UNICODE_CLASS)
      at = end
    } else if (char === '(') {
      groups.push({ size: 0, last: 0 })
      at += 1
    } else if (char === ')') {
      const { size, last } = groups.length > 1 ? (groups.pop() ?? top()) : { size: 0, last: 0 }
      atom(size + last + ATOM)
      at += 1
    } else {
      if (char === '*' || char === '+' || char === '?') top().last += BRANCH
      else atom(ATOM)
      at += 1
    }
  }
  // A group that is not closed does not compile; what is in it counts all the same.
  return groups.reduce((sum, { size, last }) => sum + size + last, ATOM)
}

/** Behind the `]` of the class that begins here: a first `]` and those of `[:alpha:]` do not end it. */
function classEnd(text: string, begin: number): number {
  let at = begin + 1
  if (text[at] === '^') at += 1
  for (let first = true; at < text.length; first = false) {
    if (text[at] === ']' && !first) return at + 1
    const named = text.startsWith('[:', at) ? text.indexOf(':]', at + 2) : -1
    at = named >= 0 ? named + 2 : at + (text[at] === '\\' ? 2 : 1)
  }
  return text.length
}
