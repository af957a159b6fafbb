import type { IncomingMessage } from 'node:http'
import type { Actor } from '../../../engine/call.ts'
import type { StopSignal } from '../../../store/stop.ts'
import { isProblem } from '../../../telemetry/problem.ts'
import type { Arrival } from '../arrival.ts'
import type { HttpOptions } from '../options.ts'
import { createCaller } from './caller.ts'
import { cookieOf } from './cookie.ts'

/** Who asks, as {@link createCaller} has it. Credentials are looked up for those who have not shown too many that are nobody's. */
export type WhoAsks = (
  arrival: Pick<Arrival, 'request' | 'from'>,
  stop: StopSignal,
  lines: Record<string, string>,
) => Promise<Actor | null>

export function createWhoAsks(options: HttpOptions): WhoAsks {
  const callerOf = createCaller(options)
  const { counting, scheme = 'Bearer', cookie } = options

  return async ({ request, from }, stop, lines) => {
    if (!counting || !shows(request)) return callerOf(request, stop, lines)
    counting.checkCredential(from, () => shownBy(request))
    try {
      const actor = await callerOf(request, stop, lines)
      if (actor) counting.rightCredential(actor)
      return actor
    } catch (thrown) {
      if (isProblem(thrown) && thrown.code === 'invalid-credential') counting.wrongCredential(from, shownBy(request))
      throw thrown
    }
  }

  /** Whether anything is shown as a credential: a cookie is one by its name, and what others have set is none. */
  function shows({ headers: { authorization, cookie: cookies } }: IncomingMessage): boolean {
    if (authorization !== undefined) return true
    try {
      return cookie !== undefined && cookieOf(cookies, cookie.name) !== null
    } catch (thrown) {
      if (isProblem(thrown)) return true // twice
      throw thrown
    }
  }

  /** What is shown as a credential, whatever it may be; undefined: nothing, or nobody knows which of two. */
  function shownBy({ headers: { authorization, cookie: cookies } }: IncomingMessage): string | undefined {
    if (authorization !== undefined) return authorization.slice(scheme.length + 1)
    try {
      return (cookie && cookieOf(cookies, cookie.name)) ?? undefined
    } catch (thrown) {
      if (isProblem(thrown)) return undefined
      throw thrown
    }
  }
}
