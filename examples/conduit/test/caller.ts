import assert from 'node:assert/strict'
import { mistakes } from './openapi.ts'

export interface Options {
  readonly token?: string
  /** Values for the `{…}` of the path. */
  readonly path?: Readonly<Record<string, string | number>>
  readonly query?: Readonly<Record<string, string | number>>
  /** JSON; a string is sent as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** What was asked and what came back, without what differs from run to run. */
export interface Exchange {
  readonly asked: string
  readonly status: number
  readonly body: string
}

/** Tokens, times and the tails of slugs: what no two runs share. */
const settled = (text: string): string =>
  text
    .replace(/"token":"[^"]+"/g, '"token":"…"')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'TIME')
    .replace(/\b[0-9a-f]{8}\b/g, 'TAIL')

export interface Profile {
  readonly username: string
  readonly bio: string
  readonly image: string
  readonly following: boolean
}
export interface Article {
  readonly slug: string
  readonly title: string
  readonly description: string
  readonly body: string
  readonly tagList: readonly string[]
  readonly createdAt: string
  readonly updatedAt: string
  readonly favorited: boolean
  readonly favoritesCount: number
  readonly author: Profile
}
export interface Comment {
  readonly id: number
  readonly body: string
  readonly author: Profile
}
/** What the answers of the contract hold; each holds what its operation says, which has been checked. */
export interface Answer {
  readonly user: {
    readonly email: string
    readonly token: string
    readonly username: string
    readonly bio: string
    readonly image: string
  }
  readonly profile: Profile
  readonly article: Article
  readonly articles: readonly Article[]
  readonly articlesCount: number
  readonly comment: Comment
  readonly comments: readonly Comment[]
  readonly tags: readonly string[]
  readonly errors: { readonly body: readonly string[] }
}

/** Calls one backend as a client of the contract would, and checks every answer by it. */
export class Caller {
  readonly exchanges: Exchange[] = []
  readonly #statuses = new Map<string, Set<number>>()
  readonly #origin: string

  constructor(origin: string) {
    this.#origin = origin
  }

  /** `call(200, 'GET /articles/{slug}', { path: { slug } })`: the body of an answer that has that status and the contract's form. */
  async call(status: number, operation: string, options: Options = {}): Promise<Answer> {
    const { token, body, headers } = options
    const [method = '', template = ''] = operation.split(' ')
    const path = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(options.path?.[name] ?? ''))
    const query = new URLSearchParams(
      Object.entries(options.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
    )
    const target = `/api${path}${query.size > 0 ? `?${query}` : ''}`
    const response = await fetch(this.#origin + target, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Token ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const asked = `${method} ${settled(target)}`
    this.exchanges.push({ asked, status: response.status, body: settled(text) })
    this.#statuses.set(operation, this.statuses(operation).add(response.status))
    assert.equal(response.status, status, `${asked}: ${text}`)
    assert.deepEqual(mistakes(operation, status, response.headers.get('content-type'), text), [], `${asked}: ${text}`)
    return JSON.parse(text || '{}')
  }

  /** The statuses that an operation has answered so far. */
  statuses(operation: string): Set<number> {
    return new Set(this.#statuses.get(operation))
  }
}
