import type { Socket } from 'node:net'
import { Problem, type ProblemCode } from '../../../telemetry/problem.ts'
import { problemAnswer } from '../answer/problem-answer.ts'
import { securityHeaders } from '../answer/security-headers.ts'
import { isReceiving } from '../request/content.ts'
import { traceOf } from '../trace.ts'

const codes: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'header-too-large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Content Too Large',
  431: 'Request Header Fields Too Large',
}

/**
 * Answers bytes that never became a request: they cannot be read as HTTP, are too many, or do not come. Always ends the
 * connection, because what follows on it cannot be told from what was refused. After an earlier answer on the same
 * connection nothing is said: a second one could be taken for the answer to something else.
 */
export function refuseSocket(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && isReceiving(socket)) return
  if (!socket.writable || socket.bytesWritten > 0 || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const problem = new Problem(codes[error.code ?? ''] ?? 'malformed-request')
  const { requestId } = traceOf(undefined, undefined)
  const { status, headers, body } = problemAnswer(problem, requestId, '')
  const lines = Object.entries({
    ...securityHeaders('data', { https: false, shared: false }),
    ...headers,
    'Cache-Control': 'no-store',
    'X-Request-Id': requestId,
    'Content-Length': String(Buffer.byteLength(String(body))),
    Connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${reasons[status] ?? 'Error'}\r\n${lines.join('')}\r\n${body}`)
}
