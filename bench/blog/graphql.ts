import type { Request } from '../load/request.ts'
import type { Protocol } from './protocol.ts'

const ask = (query: string, variables: object = {}): Request => ({
  method: 'POST',
  path: '/graphql',
  headers: { accept: 'application/json' },
  body: JSON.stringify({ query, variables }),
})

/** PostGraphile's. Without W1: the table's id has no default in the database, so each request would bring a new one. */
export const graphql: Protocol = {
  alive: '/graphql?query={__typename}',
  requests: (articleIds) => ({
    R1: articleIds.map((id) =>
      ask('query($id: UUID!) { articleByRowId(rowId: $id) { rowId title body status createdAt authorId } }', { id }),
    ),
    R2: [
      ask(
        `{ allArticles(orderBy: [CREATED_AT_DESC, PRIMARY_KEY_DESC], first: 20) { nodes { rowId title createdAt author: userByAuthorId { rowId name }
       tags: articleTagsByArticleId(orderBy: PRIMARY_KEY_ASC) { nodes { tag: tagByTagId { name } } } } } }`,
      ),
    ],
    R3: [
      ask(
        `{ allArticles(orderBy: [CREATED_AT_DESC, PRIMARY_KEY_DESC], first: 20) { nodes { rowId title author: userByAuthorId { rowId name }
       comments: commentsByArticleId(orderBy: [CREATED_AT_ASC, PRIMARY_KEY_ASC], first: 5) { nodes { rowId body createdAt author: userByAuthorId { rowId name } } } } } }`,
      ),
    ],
  }),
  content: plain,
}

/** Takes out `data`, the name of the field, `nodes` and the object around a tag's name; `rowId` is the id. */
function plain(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(plain)
  if (typeof json !== 'object' || json === null) return json
  const members = new Map(Object.entries(json))
  if (members.has('errors')) throw new Error(JSON.stringify(json).slice(0, 500))
  if (members.has('data')) return plain(members.get('data'))
  if (members.has('nodes')) return plain(members.get('nodes'))
  if (members.has('articleByRowId')) return plain(members.get('articleByRowId'))
  if (members.has('allArticles')) return { articles: plain(members.get('allArticles')) }
  if (members.size === 1 && members.has('tag')) return (members.get('tag') as { name: string }).name
  return Object.fromEntries([...members].map(([name, value]) => [name === 'rowId' ? 'id' : name, plain(value)]))
}
