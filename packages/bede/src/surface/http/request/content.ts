import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Content } from '../../../engine/call.ts'
import { Problem } from '../../../telemetry/problem.ts'
import type { HttpLimits } from '../options.ts'
import { hasBody } from './body.ts'

/** Connections on which a file is coming: how long it may take is decided by how fast it comes. */
const receiving = new WeakSet<Socket>()
export const isReceiving = (socket: Socket): boolean => receiving.has(socket)

/** Milliseconds in which something must have come, once it is waited for. */
const longestSilence = 30_000
/** Bytes in a second, on the average, once the time for any request is over: slower lines send files in parts, elsewhere. */
const slowest = 4_096

/** From when on it is waited for its sender, and until when. */
interface Heard {
  began(): void
  ended(): void
}

/**
 * The body of a request as the bytes of a file. Nothing is read before somebody asks for the first byte. Whoever stops
 * before the end ends the connection behind the answer: what is still to come is nobody's.
 */
export function contentOf(request: IncomingMessage, limits: Pick<HttpLimits, 'requestTime'>, heard: Heard): Content {
  if (!hasBody(request))
    throw new Problem('malformed-request', { message: 'There is no body: the file itself is expected.' })
  const { 'content-encoding': encoding, 'content-length': length, 'content-type': type } = request.headers
  if (encoding !== undefined && encoding !== 'identity') {
    throw new Problem('unsupported-media-type', {
      message: 'A compressed body is not accepted.',
      hint: 'Send the file as it is, without Content-Encoding.',
    })
  }
  return {
    bytes: bytesOf(request, limits.requestTime, heard),
    ...(type !== undefined && { type }),
    ...(length !== undefined && { length: Number(length) }),
  }
}

async function* bytesOf(
  request: IncomingMessage,
  requestTime: number,
  { began, ended }: Heard,
): AsyncGenerator<Uint8Array> {
  const { socket } = request
  let received = 0
  /** Milliseconds for which the sender was waited for; while the bytes are put somewhere, it waits for us. */
  let waited = 0
  let since = performance.now()
  let late: Problem | undefined
  const give = (): void => {
    late = new Problem('request-timeout', { message: 'The file did not come in time.' })
    request.destroy(late)
  }
  let timer = setTimeout(give, longestSilence)
  receiving.add(socket)
  began()
  try {
    // A refusal is answered on this connection, so it stays.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      clearTimeout(timer)
      waited += performance.now() - since
      received += chunk.length
      if (waited > requestTime && received / (waited / 1000) < slowest) give()
      yield chunk
      since = performance.now()
      timer = setTimeout(give, longestSilence)
    }
  } catch (cause) {
    throw late ?? new Problem('canceled', { cause })
  } finally {
    clearTimeout(timer)
    receiving.delete(socket)
    ended()
    if (!request.readableEnded && !request.destroyed) letGo(request)
  }
}

/** Bytes and milliseconds for which a sender that was refused may go on without hearing of it. */
const unheard = 1_048_576
const untilHeard = 2_000

/** Reads on past what was refused, so that the answer arrives; whoever goes on sending loses the connection. */
function letGo(request: IncomingMessage): void {
  let more = 0
  const end = setTimeout(() => request.socket.destroy(), untilHeard).unref()
  request.once('close', () => clearTimeout(end))
  request.on('data', (chunk: Buffer) => {
    more += chunk.length
    if (more > unheard) request.socket.destroy()
  })
  request.resume()
}
