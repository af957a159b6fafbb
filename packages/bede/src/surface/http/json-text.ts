import type { Json } from '../../expr/value.ts'
import { Problem, type ProblemCode } from '../../telemetry/problem.ts'
import { pointerToken } from './json-pointer.ts'

export interface JsonLimits {
  /** How deep arrays and objects may stand in one another. */
  readonly depth: number
  /** How many members and items there may be in all. */
  readonly values: number
}

type Container = Json[] | { [key: string]: Json }

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}
const hex = /^[0-9a-fA-F]{4}$/

/**
 * Reads JSON (RFC 8259) and refuses what readers of JSON disagree about, so that nobody further in can be shown
 * something else than was checked here: a name given twice, `__proto__`, `constructor.prototype`, a number that does not
 * fit, lone surrogates, NUL. Depth and size are limited while reading, before anything is built.
 *
 * `place` is the JSON Pointer of the whole text in the request. Throws a Problem `malformed-json` (with line and column),
 * `invalid-text`, `unknown-field`, `too-deep` or `too-many`, each naming the place.
 */
export function parseJson(text: string, limits: JsonLimits, place = '/body'): Json {
  let at = 0
  let values = 0
  /** The keys and indexes that lead to where we are. */
  const path: (string | number)[] = []

  const value = skip(read())
  if (at < text.length) throw malformed(`expected the end, found ${found()}`)
  return value

  function read(): Json {
    space()
    const c = text[at]
    if (c === '{') return object()
    if (c === '[') return array()
    if (c === '"') return string()
    if (c === 't') return word('true', true)
    if (c === 'f') return word('false', false)
    if (c === 'n') return word('null', null)
    return numeral()
  }

  function object(): Container {
    const result: { [key: string]: Json } = {}
    enter()
    if (text[at] !== '}') {
      for (;;) {
        if (text[at] !== '"') throw malformed(`expected a name in double quotes, found ${found()}`)
        const start = at
        const key = string()
        path.push(key)
        if (Object.hasOwn(result, key)) throw malformed('this name is given twice in one object', start)
        count()
        expect(':')
        const member = skip(read())
        if (key === '__proto__' || (key === 'constructor' && hasPrototype(member))) {
          throw refused('unknown-field', 'A name that reaches into how objects work is not accepted.')
        }
        result[key] = member
        path.pop()
        if (text[at] !== ',') break
        at++
        space()
      }
    }
    leave('}')
    return result
  }

  function array(): Container {
    const result: Json[] = []
    enter()
    if (text[at] !== ']') {
      for (;;) {
        path.push(result.length)
        count()
        result.push(skip(read()))
        path.pop()
        if (text[at] !== ',') break
        at++
      }
    }
    leave(']')
    return result
  }

  function enter(): void {
    at++
    // `path` is as long as the containers around this one are many.
    if (path.length >= limits.depth) throw refused('too-deep', `More than ${limits.depth} levels are not accepted.`)
    space()
  }

  function leave(end: string): void {
    if (text[at] !== end) throw malformed(`expected ',' or '${end}', found ${found()}`)
    at++
  }

  function count(): void {
    if (++values > limits.values) throw refused('too-many', `More than ${limits.values} values are not accepted.`)
  }

  function string(): string {
    const start = ++at
    let result = ''
    let from = at
    let surrogates = false
    for (;;) {
      const code = text.charCodeAt(at)
      if (code === 0x22) break
      if (Number.isNaN(code)) throw malformed('this text has no end', start - 1)
      if (code < 0x20) throw malformed('a control character in a text must be escaped')
      if (code === 0x5c) {
        result += text.slice(from, at) + escaped()
        from = at
        // An escape may make half a pair, or NUL; what stands as it is cannot: it came out of a UTF-8 decoder.
        surrogates = true
      } else at++
    }
    result += text.slice(from, at++)
    if (surrogates && (!result.isWellFormed() || result.includes('\u0000'))) {
      throw refused('invalid-text', 'A text may not hold NUL or half of a surrogate pair.')
    }
    return result
  }

  function escaped(): string {
    const letter = text[at + 1]
    if (letter === 'u') {
      const digits = text.slice(at + 2, at + 6)
      if (!hex.test(digits)) throw malformed('\\u needs four hexadecimal digits')
      at += 6
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    const plain = letter !== undefined && Object.hasOwn(escapes, letter) ? escapes[letter] : undefined
    if (plain === undefined) throw malformed('this escape does not exist')
    at += 2
    return plain
  }

  function numeral(): number {
    number.lastIndex = at
    const digits = number.exec(text)?.[0]
    if (digits === undefined) throw malformed(`expected a value, found ${found()}`)
    const result = Number(digits)
    if (!Number.isFinite(result)) throw malformed('this number is too large')
    at += digits.length
    // -0 would be told apart from 0 by some and not by others.
    return result === 0 ? 0 : result
  }

  function word<T extends Json>(name: string, meaning: T): T {
    if (!text.startsWith(name, at)) throw malformed(`expected a value, found ${found()}`)
    at += name.length
    return meaning
  }

  function expect(sign: string): void {
    space()
    if (text[at] !== sign) throw malformed(`expected '${sign}', found ${found()}`)
    at++
  }

  function skip<T>(result: T): T {
    space()
    return result
  }

  function space(): void {
    for (;;) {
      const code = text.charCodeAt(at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      at++
    }
  }

  function found(): string {
    const code = text.codePointAt(at)
    return code === undefined
      ? 'the end'
      : code < 0x20 || code === 0x7f
        ? `U+${code.toString(16).padStart(4, '0')}`
        : `'${String.fromCodePoint(code)}'`
  }

  function malformed(what: string, position = at): Problem {
    const before = text.slice(0, position)
    const line = before.split('\n').length
    const column = position - before.lastIndexOf('\n')
    const message = `Line ${line}, column ${column}: ${what}.`
    return new Problem('malformed-json', { message, details: [{ place: pointer(), code: 'malformed-json', message }] })
  }

  function refused(code: ProblemCode, message: string): Problem {
    return new Problem(code, { message, details: [{ place: pointer(), code, message }] })
  }

  function pointer(): string {
    return place + path.map((key) => `/${pointerToken(String(key))}`).join('')
  }
}

const hasPrototype = (value: Json): boolean =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype')
