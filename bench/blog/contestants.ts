import { fileURLToPath } from 'node:url'
import type { Request } from '../load/request.ts'
import type { Contestant } from '../measure/contest.ts'
import { freePort, type Served, serve, serveScript } from '../process.ts'
import type { Protocol } from './protocol.ts'
import { login } from './seed.ts'

export const operations = ['R1', 'R2', 'R3', 'W1'] as const
export type Operation = (typeof operations)[number]

export const blogFolder = fileURLToPath(new URL('.', import.meta.url))
const limitServer = fileURLToPath(new URL('../limit/server.ts', import.meta.url))

/** A comment of about the usual length. */
export const said = 'What somebody has to say about it, in about as many words as people use for that. '.repeat(2)

/** The four operations as the blog and the limit take them. */
export function blogRequests(
  articleIds: readonly string[],
  headers: Readonly<Record<string, string>> = {},
): Record<Operation, readonly Request[]> {
  const get = (path: string): Request => ({ method: 'GET', path, headers })
  return {
    R1: articleIds.map((id) => get(`/articles/${id}`)),
    R2: [get('/newest')],
    R3: [get('/threads')],
    W1: articleIds.map((articleId) => ({
      method: 'POST',
      path: '/comments',
      headers,
      body: JSON.stringify({ articleId, body: said }),
    })),
  }
}

/** How the limit and the peers that were written for this are asked. */
export const rest: Protocol = { alive: '/newest', requests: blogRequests, content: (json) => json }

export interface Running extends Contestant {
  stop(): Promise<void>
}

/** `bede start` of the blog, as in production, with somebody signed in. */
export async function blog(
  database: string,
  articleIds: readonly string[],
  options: { name?: string; env?: Record<string, string>; args?: readonly string[]; nodeArgs?: readonly string[] } = {},
): Promise<Running> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const served = await serve(['start', '--port', String(port), ...(options.args ?? [])], {
    cwd: blogFolder,
    env: { ...(database === '' ? {} : { DATABASE_URL: database }), ...options.env },
    url: `${url}/health/live`,
    nodeArgs: options.nodeArgs ?? [],
  })
  const headers = articleIds.length === 0 ? {} : { authorization: `Bearer ${await signIn(url)}` }
  return running(options.name ?? 'Bede', port, served, blogRequests(articleIds, headers))
}

async function signIn(url: string): Promise<string> {
  const response = await fetch(`${url}/auth/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(login),
  })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`sign-in: ${response.status} ${text}`)
  return String(JSON.parse(text).token)
}

/** The hand-written server; `mode` is how it uses `pg`. */
export async function limit(
  database: string,
  actor: string,
  articleIds: readonly string[],
  {
    connections = 4,
    mode = 'pipelined',
    name = 'limit',
    nodeArgs = [],
  }: { connections?: number; mode?: string; name?: string; nodeArgs?: readonly string[] } = {},
): Promise<Running> {
  const port = await freePort()
  const served = await serveScript(limitServer, [String(port), database, actor, String(connections), mode], {
    url: `http://127.0.0.1:${port}/newest`,
    nodeArgs,
  })
  return running(name, port, served, blogRequests(articleIds))
}

export const running = (
  name: string,
  port: number,
  { child, stop }: Served,
  requests: Contestant['requests'],
): Running => ({ name, port, pid: child.pid ?? 0, requests, stop })
