/** One request of a measurement, as plain data. */
export interface Request {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** The request as HTTP/1.1 on a connection that stays open. */
export function wireForm({ method, path, headers = {}, body }: Request): string {
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}`)
  if (body !== undefined) {
    if (!('content-type' in headers)) lines.push('content-type: application/json')
    lines.push(`content-length: ${Buffer.byteLength(body)}`)
  }
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body ?? ''}`
}
