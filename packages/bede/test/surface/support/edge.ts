import type { Buffer } from 'node:buffer'
import { connect } from 'node:net'
import type { TestContext } from 'node:test'
import type { Actor, Engine, OperationCall, Outcome } from '../../../src/engine/call.ts'
import type { Manifest } from '../../../src/manifest/manifest.ts'
import { mountHealth } from '../../../src/surface/http/health.ts'
import type { HttpOptions } from '../../../src/surface/http/options.ts'
import { createHttpServer, type HttpServer } from '../../../src/surface/http/server.ts'
import { rest } from '../../../src/surface/rest/rest.ts'
import type { Surface } from '../../../src/surface/surface.ts'
import { articleManifest } from './article-manifest.ts'

export interface Edge {
  readonly server: HttpServer
  readonly url: string
  readonly port: number
  /** What came through to the engine, in order. */
  readonly calls: OperationCall[]
  /** Sends bytes as they are and answers everything that came back until the other side closed or was silent. */
  raw(text: string | Buffer, silence?: number): Promise<string>
  fetch(path: string, init?: RequestInit): Promise<Response>
}

export type Answering = (call: OperationCall) => Promise<Outcome> | Outcome

export const jane: Actor = { id: '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b' }

export const jsonOutcome = (text: string, more: Partial<Outcome> = {}): Outcome => ({
  status: 200,
  answer: { kind: 'json', text },
  timings: [],
  ...more,
})

export interface EdgeOptions extends Partial<HttpOptions> {
  readonly manifest?: Manifest
  /** Mounted beside REST. */
  readonly surfaces?: readonly Surface[]
}

/** The edge and REST over an engine that answers from memory: what it saw is what got through. */
export async function startEdge(t: TestContext, answering: Answering, options: EdgeOptions = {}): Promise<Edge> {
  const calls: OperationCall[] = []
  const call = async (one: OperationCall): Promise<Outcome> => {
    calls.push(one)
    return answering(one)
  }
  const engine: Engine = {
    call,
    batch: async (all) => {
      const outcomes: Outcome[] = []
      for (const one of all) outcomes.push(await call(one))
      return outcomes
    },
  }
  const { manifest = articleManifest, surfaces = [], ...http } = options
  const server = createHttpServer({
    name: 'articles',
    port: 0,
    authenticate: async (credential) => (credential === 'good' ? jane : null),
    ...http,
  })
  mountHealth(server)
  for (const surface of [rest, ...surfaces]) surface.mount(manifest, engine, server)
  const { port } = await server.listen()
  t.after(() => server.close())
  const url = `http://127.0.0.1:${port}`
  return {
    server,
    url,
    port,
    calls,
    raw: (text, silence) => raw(port, text, silence),
    fetch: (path, init) => fetch(url + path, init),
  }
}

const usualSilence = 300

function raw(port: number, text: string | Buffer, silence = usualSilence): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let received = ''
    socket.setEncoding('latin1')
    socket.setTimeout(silence, () => socket.destroy())
    socket.on('data', (data: string) => {
      received += data
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error)
    })
    socket.on('close', () => resolve(received))
  })
}
