import { createVersion } from '../../../packages/bede/src/cli/serve/version.ts'
import { openStore } from '../../../packages/bede/src/store/open.ts'
import { createLogger } from '../../../packages/bede/src/telemetry/logger.ts'
import app from '../app.ts'

/** Somebody who is signed in, or nobody. */
export type Caller = (method: string, path: string, sent?: { json?: unknown; form?: FormData }) => Promise<Answered>
export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly bytes: Buffer
  // biome-ignore lint/suspicious/noExplicitAny: a test says what is in an answer by asserting it
  readonly json: any
}

export interface Workbench {
  readonly nobody: Caller
  signUp(name: string): Promise<Caller>
  close(): Promise<void>
}

/** The whole backend in this process, on any free port and an embedded database. */
export async function serve(): Promise<Workbench> {
  const { http, close } = await createVersion(app, {
    driver: openStore('memory://'),
    address: { host: '127.0.0.1', port: 0 },
    log: createLogger({ form: 'text', level: 'error' }),
    development: true,
    exposed: false,
  })
  const { port } = await http.listen()
  const caller =
    (token?: string): Caller =>
    async (method, path, { json, form } = {}) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        ...(json !== undefined && { body: JSON.stringify(json) }),
        ...(form && { body: form }),
        headers: {
          ...(json !== undefined && { 'Content-Type': 'application/json' }),
          ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        },
      })
      const bytes = Buffer.from(await answer.arrayBuffer())
      const isJson = /json/.test(answer.headers.get('content-type') ?? '') && bytes.length > 0
      const text = bytes.toString()
      return {
        status: answer.status,
        headers: answer.headers,
        text,
        bytes,
        json: isJson ? JSON.parse(text) : undefined,
      }
    }
  return {
    nobody: caller(),
    async signUp(name) {
      const account = { email: `${name}@example.com`, password: 'correct horse battery', name }
      const { json } = await caller()('POST', '/auth/register', { json: account })
      return caller(json.token)
    },
    async close() {
      await http.close()
      await close()
    },
  }
}
