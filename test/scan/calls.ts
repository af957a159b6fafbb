/** One call of the API as somebody would make it: what scanners begin with. */
export interface Call {
  readonly method: string
  /** With values in the place of parameters, and with a query that has every parameter. */
  readonly path: string
  /** The same with `*` behind each value of the path, where sqlmap shall try. */
  readonly marked: string
  readonly body: string | undefined
  /** It is for somebody who is not signed in: a sign-in ends the session that it came with. */
  readonly open: boolean
}

/** What stands in the API, for parameters and bodies. */
export interface Values {
  readonly slug: string
  readonly username: string
  readonly id: string
  readonly tag: string
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>
}
interface OpenApiOperation {
  readonly parameters?: readonly { readonly name?: string; readonly in?: string }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> }
}

/** Bodies that the document has no example of. */
const bodies = ({ username }: Values): Readonly<Record<string, unknown>> => ({
  // Without a title: with another one the article has another address.
  'put /api/articles/{slug}': { article: { description: 'text', body: 'text' } },
  'put /api/user': { user: { bio: 'text', image: 'https://example.com/a.png' } },
  'post /api/users': { user: { username: 'scanned', email: 'scanned@example.com', password: 'a long passphrase' } },
  'post /api/users/login': { user: { email: `${username}@example.com`, password: 'a long passphrase' } },
  'post /batch': { operations: [{ operation: 'listArticles', input: { query: { tag: 'text' } } }] },
})

const opens = new Set(['post /api/users', 'post /api/users/login'])

/** Every operation of an OpenAPI document, as a call; what takes something away comes last, and of that what is nearest the root. */
export function callsOf(document: OpenApi, values: Values): readonly Call[] {
  const query: Readonly<Record<string, string>> = {
    limit: '5',
    offset: '0',
    tag: values.tag,
    author: values.username,
    favorited: values.username,
  }
  const own = bodies(values)
  const calls = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]): Call => {
      const asked = parameters.flatMap(({ name = '', in: place }) =>
        place === 'query' && name in query ? [`${name}=${encodeURIComponent(query[name] ?? '')}`] : [],
      )
      const filled = (mark: string) =>
        path.replace(/\{(\w+)\}/g, (_, name: keyof Values) => `${encodeURIComponent(values[name] ?? 'x')}${mark}`)
      const tail = asked.length > 0 ? `?${asked.join('&')}` : ''
      const example = own[`${method} ${path}`] ?? requestBody?.content['application/json']?.example
      return {
        method: method.toUpperCase(),
        path: filled('') + tail,
        marked: filled('*') + tail,
        body: example === undefined ? undefined : JSON.stringify(example),
        open: opens.has(`${method} ${path}`),
      }
    }),
  )
  const rank = ({ method, path }: Call): number => (method === 'DELETE' ? 100 - path.split('/').length : 0)
  return calls.sort((one, other) => rank(one) - rank(other))
}
