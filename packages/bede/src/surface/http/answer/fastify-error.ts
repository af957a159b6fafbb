import { Problem, type ProblemCode } from '../../../telemetry/problem.ts'

const codes: Readonly<Record<number, ProblemCode>> = {
  400: 'malformed-request',
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'request-timeout',
  413: 'too-large',
  414: 'uri-too-long',
  415: 'unsupported-media-type',
  431: 'header-too-large',
  503: 'unavailable',
}

/** What the server below refused, in our words; its own name parts of the request. Anything else stays what it is. */
export function fromFastify(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || !('statusCode' in error)) return error
  if (typeof error.code !== 'string' || !error.code.startsWith('FST_') || typeof error.statusCode !== 'number')
    return error
  const code = codes[error.statusCode]
  return code ? new Problem(code, { cause: error }) : error
}
