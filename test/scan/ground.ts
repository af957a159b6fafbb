import { fileURLToPath } from 'node:url'
import { temporaryDatabase } from '../../bench/database.ts'
import { freePort, serve } from '../../bench/process.ts'
import { type Call, callsOf } from './calls.ts'

/** What is scanned: the Conduit example, served as in production, with a little in it and somebody signed in. */
export interface Ground {
  readonly url: string
  readonly port: number
  readonly token: string
  readonly calls: readonly Call[]
  /** What the server wrote of errors of its own. */
  errors(): string[]
  /** What is wrong with the server afterwards; undefined: nothing. */
  broken(): Promise<string | undefined>
  end(): Promise<void>
}

const conduit = fileURLToPath(new URL('../../examples/conduit/', import.meta.url))
const username = 'scanner'

export async function openGround(): Promise<Ground> {
  const { url: database, drop } = await temporaryDatabase()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = await serve(['start', '--port', String(port)], {
    cwd: conduit,
    env: { BEDE_SOURCE: '1', BEDE_LIMITS: 'off', BEDE_ORIGIN: 'https://conduit.example', DATABASE_URL: database },
    url: `${url}/health/ready`,
  })
  const errors: string[] = []
  server.child.stderr?.on('data', (chunk) => {
    for (const line of String(chunk).split('\n')) if (/"code":"internal"/.test(line)) errors.push(line)
  })
  let token = ''
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(url + path, {
      method,
      headers: {
        ...(token === '' ? {} : { Authorization: `Token ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (answer.status >= 400) throw new Error(`${method} ${path} answers ${answer.status}: ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
  const password = 'a long passphrase'
  const made = await ask('POST', '/api/users', { user: { username, email: `${username}@example.com`, password } })
  token = made.user.token
  const content = { title: 'scanned', description: 'd', body: 'b', tagList: ['text'] }
  const { article } = await ask('POST', '/api/articles', { article: content })
  const { comment } = await ask('POST', `/api/articles/${article.slug}/comments`, { comment: { body: 'c' } })
  const document = await ask('GET', '/openapi.json')
  return {
    url,
    port,
    token,
    calls: callsOf(document, { slug: article.slug, username, id: String(comment.id), tag: 'text' }),
    errors: () => [...errors],
    async broken() {
      if (server.child.exitCode !== null) return `the server ended with ${server.child.exitCode}`
      return ask('GET', '/api/articles').then(
        () => undefined,
        (error: unknown) => String(error),
      )
    },
    async end() {
      await server.stop()
      await drop()
    },
  }
}
