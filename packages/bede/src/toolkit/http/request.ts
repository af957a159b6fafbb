import type { IncomingMessage } from 'node:http'
import type { Connections } from './connection.ts'
import type { Destination, Destinations } from './destination.ts'
import { failed, late, OutboundFailure } from './failure.ts'
import type { Origins } from './origins.ts'
import type { Bounds, Prepared } from './prepared.ts'
import { locationOf, redirectedMessage } from './redirect.ts'
import { isPassing, retryAfter, waitBefore, waited } from './retry.ts'

/** What all requests of a backend share. */
export interface Ways {
  readonly destinations: Destinations
  readonly connections: Connections
  readonly origins: Origins
}

/** The call that a request is made for. */
export interface Occasion {
  /** Ends what is in flight, with its reason. */
  readonly signal: Ending
  /** W3C Trace Context: what the app's own destinations are told. */
  readonly traceparent?: string | undefined
}

/** As much of an AbortSignal as is listened to. */
export interface Ending {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** What becomes of an answer. `over`: its body still flows until then. */
export interface Taken<T> {
  readonly value: T
  readonly over?: Promise<void>
  /** It is not wanted any more. */
  discard?(): void
}

/** Makes of the answer's head, and of its body as far as it wants, what the handler gets. */
export type Take<T> = (message: IncomingMessage, from: URL, signal: AbortSignal) => Promise<Taken<T>>

interface Got<T> extends Taken<T> {
  readonly status: number
  readonly retryAfter: number | undefined
}

/** A redirect. */
interface Moved {
  readonly location: string
  readonly status: number
}

/** One request with all its attempts and redirects, within its time. Throws a Problem. */
export async function request<T>(
  first: Prepared,
  bounds: Bounds,
  ways: Ways,
  occasion: Occasion,
  take: Take<T>,
): Promise<T> {
  const { signal, end } = ending(occasion.signal, bounds.time, first.to)
  let over: Promise<void> | undefined
  try {
    for (let attempt = 0; ; attempt++) {
      const again = attempt < bounds.retries && first.repeatable
      const got = await attempted(first, bounds, ways, { ...occasion, signal }, take).catch((error: unknown) => {
        if (again && error instanceof OutboundFailure && error.passing && !signal.aborted) return undefined
        throw error
      })
      const wait =
        again && (got === undefined || isPassing(got.status)) ? waitBefore(attempt, got?.retryAfter) : undefined
      if (got && wait === undefined) {
        over = got.over
        return got.value
      }
      got?.discard?.()
      await waited(wait ?? 0, signal)
    }
  } finally {
    if (over) void over.then(end)
    else end()
  }
}

/** A signal of its own for one request, because what listens to a call's would listen for as long as the call lasts. */
function ending(call: Ending, time: number, { url }: Destination) {
  const controller = new AbortController()
  const stop = () => controller.abort(call.reason)
  if (call.aborted) stop()
  else call.addEventListener('abort', stop)
  const timer = setTimeout(() => controller.abort(late(url.origin, `took longer than ${time} ms in all`)), time)
  return {
    signal: controller.signal,
    end: (): void => {
      clearTimeout(timer)
      call.removeEventListener('abort', stop)
    },
  }
}

/** One attempt, redirects followed: each is a destination like any other, looked at before anything is sent to it. */
async function attempted<T>(
  first: Prepared,
  { redirects }: Bounds,
  { destinations, connections, origins }: Ways,
  { signal, traceparent }: Occasion & { readonly signal: AbortSignal },
  take: Take<T>,
): Promise<Got<T>> {
  let sent = first
  for (let left = redirects; ; left--) {
    const { to, method, body, repeatable } = sent
    // Whoever was named by a caller has no business with our traces.
    const traced = traceparent !== undefined && to.trust !== 'public' ? { traceparent } : {}
    const headers = { ...traced, ...sent.headers }
    const got = await origins.within<Got<T> | Moved>(to, signal, async () => {
      // A message that must not come twice is not risked on a connection that the other side may just be closing.
      const message = await connections.send({ to, method, headers, body, reuse: repeatable }, signal)
      message.on('error', () => {})
      const status = message.statusCode ?? 0
      const location = locationOf(message)
      if (location !== undefined && redirects > 0) {
        message.destroy()
        return { value: { location, status }, unwell: false }
      }
      const taken = await take(message, to.url, signal)
      const after = message.headers['retry-after']
      const value = { ...taken, status, retryAfter: retryAfter(after ?? null) }
      return { value, unwell: isPassing(status) && status !== 429, ...(taken.over && { over: taken.over }) }
    })
    if (!('location' in got)) return got
    if (left === 0) throw failed(first.to.url.origin, `redirects more than ${redirects} times`)
    sent = redirectedMessage(sent, got.status, to, destinations.redirected(to, got.location))
  }
}
