import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import pg from 'pg'
import { nextId } from './next-id.ts'
import { statements } from './statements.ts'

/**
 * The limit: what one gets by hand and with nothing but the work itself. `node:http`, `pg` with prepared statements
 * and the fastest SQL known; no validation, no policy, no session, no header beyond what HTTP needs.
 *
 * `node server.ts <port> <database> <actor> <connections> <pipelined|pool>`
 */
const [port, url, actor = '', connections = '4', mode = 'pipelined'] = process.argv.slice(2)

type Query = (statement: { name: string; text: string; values: unknown[] }) => Promise<string>

const query = mode === 'pool' ? pooled() : await pipelined()

function pooled(): Query {
  const pool = new pg.Pool({ connectionString: url, max: Number(connections) })
  return async (statement) => (await pool.query({ ...statement, rowMode: 'array' })).rows[0]?.[0]
}

async function pipelined(): Promise<Query> {
  const clients = await Promise.all(
    Array.from({ length: Number(connections) }, async () => {
      const client = new pg.Client({ connectionString: url, pipeline: true })
      await client.connect()
      await client.query("select length(repeat('x', 1000000))")
      return client
    }),
  )
  let turn = 0
  return async (statement) => {
    const client = clients[turn++ % clients.length]!
    return (await client.query({ ...statement, rowMode: 'array' })).rows[0]?.[0]
  }
}

const send = (response: ServerResponse, status: number, text: string): void => {
  const length = Buffer.byteLength(text)
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': length })
  response.end(text)
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? ''
  if (path.startsWith('/articles/')) {
    send(response, 200, await query({ name: 'r1', text: statements.article, values: [path.slice(10)] }))
  } else if (path === '/newest') {
    send(response, 200, await query({ name: 'r2', text: statements.newest, values: [] }))
  } else if (path === '/threads') {
    send(response, 200, await query({ name: 'r3', text: statements.threads, values: [] }))
  } else {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { articleId, body } = JSON.parse(Buffer.concat(chunks).toString())
    send(
      response,
      201,
      await query({ name: 'w1', text: statements.comment, values: [nextId(), body, articleId, actor] }),
    )
  }
}

createServer((request, response) => {
  answer(request, response).catch((error: unknown) => send(response, 500, JSON.stringify(String(error))))
}).listen(Number(port), '127.0.0.1')

// So that a profile is written.
process.on('SIGTERM', () => process.exit(0))
