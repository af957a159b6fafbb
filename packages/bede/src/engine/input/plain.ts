import type { Json } from '../../expr/value.ts'
import { Problem, type ProblemDetail } from '../../telemetry/problem.ts'

/** Deeper than any declared input; shallow enough that nothing that walks it can overflow the stack. */
const depthLimit = 64
const mistakeLimit = 100

/**
 * A copy of `value` that is JSON and nothing else: no getters, classes, symbols or prototypes reach what comes after
 * (classes 68, 71, 75). Members that are undefined are left out. Throws a Problem `invalid-input`, `invalid-text` or
 * `too-deep` that names every place.
 */
export function plainJson(value: unknown): Json {
  const mistakes: ProblemDetail[] = []
  const copied = copy(value, '', 0, mistakes)
  const [first] = mistakes
  if (first) {
    const code = mistakes.every((mistake) => mistake.code === first.code) ? first.code : 'invalid-input'
    throw new Problem(code, { details: mistakes })
  }
  return copied
}

function copy(value: unknown, place: string, depth: number, mistakes: ProblemDetail[]): Json {
  switch (typeof value) {
    case 'string':
      checkText(value, place, mistakes)
      return value
    case 'boolean':
      return value
    case 'number':
      if (!Number.isFinite(value)) mistake(mistakes, place, `${value} is not a JSON number`)
      return value
    case 'object':
      if (value === null) return null
      if (depth >= depthLimit)
        throw new Problem('too-deep', {
          details: [{ place, code: 'too-deep', message: `More than ${depthLimit} levels` }],
        })
      return Array.isArray(value) ? copyArray(value, place, depth, mistakes) : copyObject(value, place, depth, mistakes)
    default:
      mistake(mistakes, place, `A ${typeof value} is not JSON`)
      return null
  }
}

const copyArray = (items: readonly unknown[], place: string, depth: number, mistakes: ProblemDetail[]): Json =>
  items.map((item, index) => copy(item, `${place}/${index}`, depth + 1, mistakes))

function copyObject(value: object, place: string, depth: number, mistakes: ProblemDetail[]): Json {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    mistake(mistakes, place, 'Only plain objects are JSON')
    return null
  }
  const members: Record<string, Json> = {}
  for (const [name, member] of Object.entries(value)) {
    const at = `${place}/${pointerPart(name)}`
    if (member === undefined) continue
    if (name === '__proto__') {
      mistakes.push({ place: at, code: 'unknown-field', message: 'No input has this name' })
      continue
    }
    checkText(name, at, mistakes)
    members[name] = copy(member, at, depth + 1, mistakes)
  }
  return members
}

function mistake(mistakes: ProblemDetail[], place: string, message: string): void {
  if (mistakes.length < mistakeLimit) mistakes.push({ place, code: 'invalid-input', message })
}

/** A NUL and half a surrogate pair are text in JSON, and in no database. */
function checkText(text: string, place: string, mistakes: ProblemDetail[]): void {
  const wrong = text.includes('\0')
    ? 'The text holds the character U+0000'
    : text.isWellFormed()
      ? undefined
      : 'The text holds half of a surrogate pair'
  if (wrong === undefined || mistakes.length >= mistakeLimit) return
  mistakes.push({ place, code: 'invalid-text', message: wrong })
}

/** One part of a JSON Pointer (RFC 6901 §3). */
export const pointerPart = (name: string): string =>
  name.includes('~') || name.includes('/') ? name.replaceAll('~', '~0').replaceAll('/', '~1') : name
