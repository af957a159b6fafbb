import { setTimeout as pause } from 'node:timers/promises'

/** What was measured since it was last asked. */
export interface Interval {
  readonly requests: number
  readonly milliseconds: readonly number[]
}

export interface Visitors {
  take(): Interval
  /** Answers with a status that was not expected, with how often. */
  readonly unexpected: ReadonlyMap<string, number>
  stop(): Promise<void>
}

/** Of the answers, what a visitor goes on with. */
type Body = { readonly user?: { readonly token: string }; readonly article?: { readonly slug: string } } | undefined

interface Call {
  readonly method: string
  readonly path: string
  readonly token?: string | undefined
  readonly body?: unknown
  readonly expect: readonly number[]
}

/**
 * People on the Conduit example: they read, write, comment, favorite, delete what they wrote, sign in again, and now and
 * then ask for what is not there or may not be. The tables stay as long as they were.
 */
export async function startVisitors(url: string, count: number): Promise<Visitors> {
  let requests = 0
  let milliseconds: number[] = []
  let stopping = false
  const unexpected = new Map<string, number>()

  const call = async ({ method, path, token, body, expect }: Call): Promise<Body> => {
    const begun = performance.now()
    const response = await fetch(`${url}/api${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Token ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    requests += 1
    milliseconds.push(performance.now() - begun)
    if (!expect.includes(response.status)) {
      const what = `${method} ${path.replace(/[^/?]*\d[^/?]*/g, '…')} ${response.status}`
      unexpected.set(what, (unexpected.get(what) ?? 0) + 1)
      return undefined
    }
    return text.startsWith('{') ? (JSON.parse(text) as Body) : undefined
  }

  const visit = async (visitor: number): Promise<void> => {
    const account = {
      username: `visitor${visitor}`,
      email: `visitor${visitor}@example.com`,
      password: 'a long password',
    }
    const { email, password } = account
    const token = () =>
      call({ method: 'POST', path: '/users/login', body: { user: { email, password } }, expect: [200] })
    let signedIn = await call({ method: 'POST', path: '/users', body: { user: account }, expect: [200, 201] })
    for (let n = 0; !stopping; n++) {
      const own = signedIn?.user?.token
      const title = `v${visitor} n${n}`
      const article = { title, description: 'd', body: 'words '.repeat(100), tagList: [`t${n % 50}`, 'all'] }
      const made = await call({ method: 'POST', path: '/articles', token: own, body: { article }, expect: [200, 201] })
      const slug = made?.article?.slug
      await call({ method: 'GET', path: '/articles?limit=20', token: own, expect: [200] })
      await call({ method: 'GET', path: `/articles/${slug}`, expect: [200] })
      await call({
        method: 'POST',
        path: `/articles/${slug}/comments`,
        token: own,
        body: { comment: { body: title } },
        expect: [200, 201],
      })
      await call({ method: 'GET', path: `/articles/${slug}/comments`, expect: [200] })
      await call({ method: 'POST', path: `/articles/${slug}/favorite`, token: own, expect: [200] })
      await call({ method: 'GET', path: `/articles?tag=t${n % 50}&limit=20`, expect: [200] })
      await call({ method: 'GET', path: `/articles?unknown=${n}`, expect: [400, 422] })
      await call({ method: 'GET', path: `/articles/none-${n}`, expect: [404] })
      await call({ method: 'POST', path: '/articles', body: { article }, expect: [401] })
      await call({
        method: 'PUT',
        path: `/articles/${slug}`,
        token: own,
        body: { article: { body: 'changed' } },
        expect: [200],
      })
      await call({ method: 'DELETE', path: `/articles/${slug}`, token: own, expect: [200, 204] })
      if (n % 200 === 199) signedIn = await token()
      await pause(1)
    }
  }

  const visiting = Array.from({ length: count }, (_, visitor) => visit(visitor))
  return {
    unexpected,
    take() {
      const interval = { requests, milliseconds }
      requests = 0
      milliseconds = []
      return interval
    },
    async stop() {
      stopping = true
      await Promise.all(visiting)
    },
  }
}
