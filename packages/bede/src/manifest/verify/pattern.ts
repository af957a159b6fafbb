import type { Mistake } from '../../expr/functions/rule.ts'
import { wrong } from './report.ts'

/**
 * Why a pattern cannot be used: it does not compile, or a text can be made for which matching takes longer than anybody
 * waits (class 127). A repetition without bound inside another one is what does that, and so are alternatives that
 * begin alike inside one; references back are never linear.
 */
export function patternMistake(pattern: string): Mistake | undefined {
  try {
    new RegExp(pattern, 'u')
  } catch (error) {
    return wrong(
      'dangerous-pattern',
      `The pattern /${pattern}/u does not compile: ${error instanceof Error ? error.message : error}`,
    )
  }
  const danger = dangerOf(pattern)
  return danger === undefined
    ? undefined
    : wrong(
        'dangerous-pattern',
        `The pattern /${pattern}/u ${danger}`,
        'Say it without: (a+)+ is a+, (\\w+\\s?)* is [\\w\\s]*.',
      )
}

interface Group {
  /** A group in it repeats without bound. */
  nested: boolean
  /** What each alternative begins with; `undefined`: more than one thing. */
  readonly starts: (string | undefined)[]
  /** The next atom is the first of its alternative. */
  first: boolean
  readonly atoms: { readonly atom: string; readonly quantifier: string }[]
}

const newGroup = (): Group => ({ nested: false, starts: [], first: true, atoms: [] })

/** Walks over the atoms of a pattern that compiles, looking at each with the repetition behind it. */
function dangerOf(pattern: string): string | undefined {
  const groups: Group[] = [newGroup()]
  let at = 0
  while (at < pattern.length) {
    const group = groups.at(-1)!
    const rest = pattern.slice(at)
    if (/^\\(?:[1-9]|k<)/.test(rest)) return 'refers back to what a group matched'
    if (rest[0] === '(') {
      if (group.first) group.starts.push(undefined)
      group.first = false
      groups.push(newGroup())
      at += /^\((?:\?(?:[:=!]|<[=!]|<[^>]*>))?/.exec(rest)![0].length
      continue
    }
    if (rest[0] === '|') {
      group.first = true
      at += 1
      continue
    }
    const closed = rest[0] === ')' ? groups.pop() : undefined
    const atom = closed ? ')' : atomAt(rest)
    const quantifier = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/.exec(pattern.slice(at + atom.length))?.[0] ?? ''
    at += atom.length + quantifier.length
    const endless = isEndless(quantifier)
    const outer = groups.at(-1)!
    if (!closed) {
      if (outer.first) outer.starts.push(quantifier === '' ? literalOf(atom) : undefined)
      outer.first = false
      outer.atoms.push({ atom, quantifier })
      continue
    }
    if (endless && (closed.nested || closed.atoms.some((one) => isEndless(one.quantifier))) && !isDelimited(closed)) {
      return 'repeats a group that itself repeats without bound'
    }
    if (endless && alike(closed.starts)) return 'repeats alternatives that can begin alike'
    outer.nested ||= endless || closed.nested || closed.atoms.some((one) => isEndless(one.quantifier))
  }
  return undefined
}

/** Each repetition begins or ends with a character that nothing else in it can be: there is one way to match. */
function isDelimited({ nested, starts, atoms }: Group): boolean {
  if (nested || starts.length > 1) return false
  return [atoms[0], atoms.at(-1)].some((end) => {
    const literal = end?.quantifier === '' ? literalOf(end.atom) : undefined
    return (
      literal !== undefined && atoms.every((one) => one === end || !new RegExp(`^(?:${one.atom})$`, 'u').test(literal))
    )
  })
}

/** A class, an escape or one character. */
const atomAt = (rest: string): string =>
  /^(?:\[(?:\\.|[^\]\\])*\]|\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c.|.)|[\s\S])/u.exec(rest)![0]

/** A character that stands for itself alone. */
const literalOf = (atom: string): string | undefined =>
  /^[^\\[.^$]$/u.test(atom) ? atom : /^\\[^\w]$/u.test(atom) ? atom.slice(1) : undefined

/** Few repetitions cost little, many as much as endless ones. */
const MANY = 10

function isEndless(quantifier: string): boolean {
  if (/^[*+]/.test(quantifier)) return true
  const [, least, comma, most] = /^\{(\d+)(,?)(\d*)\}/.exec(quantifier) ?? []
  if (least === undefined) return false
  return comma === ',' && most === '' ? true : Number(most || least) > MANY
}

const alike = (starts: readonly (string | undefined)[]): boolean =>
  starts.length > 1 && (starts.includes(undefined) || new Set(starts).size < starts.length)
