import { Problem } from '../../../telemetry/problem.ts'

/** Headers that mean one thing: of two, one reader takes the first and another the last. */
const single = new Set([
  'authorization',
  'content-type',
  'content-length',
  'content-encoding',
  'host',
  'idempotency-key',
  'origin',
  'traceparent',
  'access-control-request-method',
  'transfer-encoding',
  'x-request-id',
])

/**
 * Refuses a request that gives such a header twice; Node keeps the first and drops the others without a word.
 * `raw` alternates names and values as they came. Throws a Problem `malformed-request`, `unsupported-media-type` or
 * `invalid-credential`.
 */
export function refuseDoubledHeaders(raw: readonly string[]): void {
  let seen: Set<string> | undefined
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase()
    if (!single.has(name)) continue
    seen ??= new Set()
    if (seen.has(name)) {
      const code =
        name === 'authorization'
          ? 'invalid-credential'
          : name === 'content-type'
            ? 'unsupported-media-type'
            : 'malformed-request'
      throw new Problem(code, { message: `The header ${name} is given twice.`, hint: 'Give it once.' })
    }
    seen.add(name)
  }
}
