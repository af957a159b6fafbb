import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'
import { Problem } from '../../telemetry/problem.ts'

export type Compiled = RE2JS

const require = createRequire(import.meta.url)

/** Loaded when the first pattern comes: it takes 30 ms. */
const engine = (): typeof import('re2js') => require('re2js')

/** The flags that callers may set. */
export type Flag = 'i' | 'm' | 's'

/** Throws a Problem `invalid-pattern` for the place. */
export function compile(text: string, flags: ReadonlySet<Flag>, place: string): Compiled {
  const { RE2JS, RE2JSException } = engine()
  const bits =
    (flags.has('i') ? RE2JS.CASE_INSENSITIVE : 0) |
    (flags.has('m') ? RE2JS.MULTILINE : 0) |
    (flags.has('s') ? RE2JS.DOTALL : 0)
  try {
    return RE2JS.compile(text, bits)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    const { description, part } = said(error)
    throw invalidPattern(place, part === '' ? description : `${description}: ${shown(part)}`, hintFor(part))
  }
}

/** What is wrong with a pattern, for the place it came from. */
export const invalidPattern = (place: string, message: string, hint?: string): Problem => {
  const more = hint === undefined ? {} : { hint }
  return new Problem('invalid-pattern', {
    message: `The pattern cannot be searched for: ${message}`,
    details: [{ place, code: 'invalid-pattern', message, ...more }],
    ...more,
  })
}

function said(error: Error): { readonly description: string; readonly part: string } {
  const text = error.message.replace(/^error parsing regexp: /, '')
  const [, description = text, part = ''] = /^(.*?): `(.*)`$/s.exec(text) ?? []
  return { description, part }
}

const shown = (part: string): string => (part.length > 40 ? `${part.slice(0, 40)}…` : part)

const hintFor = (part: string): string | undefined =>
  /^\\[1-9k]|^\(\?(?:[=!>]|<[=!])/.test(part)
    ? 'References back and lookaround are not part of this syntax (RE2): nothing finds them in time that grows with the text alone.'
    : undefined
