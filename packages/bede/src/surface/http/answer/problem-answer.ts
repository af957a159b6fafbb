import type { Json } from '../../../expr/value.ts'
import { request } from '../../../telemetry/catalogue/request.ts'
import { isProblem, Problem } from '../../../telemetry/problem.ts'
import type { HttpAnswer } from './answer.ts'
import { jsonUtf8 } from './answer.ts'
import { checkHeaders } from './header-value.ts'

/** How an app writes its problems, when a contract it has to keep says so. */
export type ProblemForm = (problem: Problem) => {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export const problemMedia = 'application/problem+json; charset=utf-8'

/** The URI that names a kind of problem (RFC 9457 §3.1.1). It is a name and leads nowhere. */
export const problemType = (code: string): string => `urn:bede:problem:${code}`

/** Anything thrown, as a Problem. What is not one is our fault, and none of its words leave (class 13). */
export function asProblem(thrown: unknown): Problem {
  if (!isProblem(thrown)) return new Problem('internal', { cause: thrown })
  // A mistake of ours that was found late speaks of the inside, but for what is there to be told to callers.
  return thrown.status === 500 && !Object.hasOwn(request, thrown.code)
    ? new Problem('internal', { cause: thrown })
    : thrown
}

/** The answer that shows a problem (RFC 9457), with what its status asks for. */
export function problemAnswer(problem: Problem, requestId: string, challenge: string, form?: ProblemForm): HttpAnswer {
  const headers: Record<string, string> = {}
  if (problem.status === 401 || problem.challenge) headers['WWW-Authenticate'] = challenge
  const retryAfter = problem.retryAfter ?? (problem.status === 503 ? 1 : undefined)
  if (retryAfter !== undefined) headers['Retry-After'] = String(Math.max(1, Math.ceil(retryAfter)))
  const own = form?.(problem)
  if (own) {
    if (own.headers) checkHeaders(own.headers)
    const body = JSON.stringify(own.body)
    return { status: own.status, page: 'data', headers: { 'Content-Type': jsonUtf8, ...headers, ...own.headers }, body }
  }
  const body = JSON.stringify(problemBody(problem, requestId))
  return { status: problem.status, page: 'data', headers: { 'Content-Type': problemMedia, ...headers }, body }
}

/** The members of a problem document (RFC 9457 §3.1), and ours (§3.2). */
export function problemBody(problem: Problem, requestId: string): Json {
  const inside = problem.code === 'internal'
  const usual = {
    type: problemType(problem.code),
    title: problem.title,
    status: problem.status,
    detail: inside ? problem.title : sentence(problem),
    code: problem.code,
    ...(problem.details.length > 0 && !inside
      ? {
          details: problem.details.map(({ place, code, message, hint }) => ({
            place,
            code,
            message,
            ...(hint ? { hint } : {}),
          })),
        }
      : {}),
    ...(problem.hint === undefined || inside ? {} : { hint: problem.hint }),
    ...(inside ? { hint: new Problem('internal').hint ?? '' } : {}),
    requestId,
  }
  // In the order of a problem's own members, of which none is said otherwise.
  return inside ? usual : { ...usual, ...problem.members, ...usual }
}

/** What happened; where the problem says no more than its title, its first place does. */
function sentence({ message, title, details }: Problem): string {
  const first = details[0]
  return message === title && first ? `${title}: ${first.place}: ${first.message}` : message
}
