import type { Request } from '../load/request.ts'
import { said } from './contestants.ts'
import type { Protocol } from './protocol.ts'

const get = (path: string): Request => ({ method: 'GET', path })
const select = (...fields: readonly string[]): string => fields.map((field) => `select[${field}]=true`).join('&')
const newest = '/api/article?sort=-createdAt,-id&limit=20&pagination=false&depth=2'

/** Payload's REST API. */
export const payload: Protocol = {
  alive: '/api/tag?limit=1',
  requests: (articleIds) => {
    const one = select('title', 'body', 'status', 'createdAt', 'author')
    return {
      R1: articleIds.map((id) => get(`/api/article/${id}?depth=0&${one}`)),
      R2: [get(`${newest}&${select('title', 'createdAt', 'author', 'tags')}`)],
      R3: [get(`${newest}&${select('title', 'author', 'comments')}`)],
      W1: articleIds.map((article) => ({
        method: 'POST',
        path: '/api/comment?depth=0',
        body: JSON.stringify({ article, body: said }),
      })),
    }
  },
  content(json, operation) {
    if (operation === 'R1') return ids(json as Row)
    if (operation === 'W1') return ids((json as { doc: Row }).doc)
    const { docs } = json as { docs: Row[] }
    return {
      articles: docs.map(({ tags, comments, ...article }) => ({
        ...article,
        ...(tags ? { tags: tags.docs.map(({ tag }) => tag?.name) } : {}),
        ...(comments ? { comments: comments.docs.map(({ article: _, ...comment }) => comment) } : {}),
      })),
    }
  },
}

interface Row {
  readonly tag?: { readonly name: string }
  readonly tags?: { readonly docs: readonly Row[] }
  readonly comments?: { readonly docs: readonly Row[] }
  readonly article?: string
  readonly author?: string
}

/** A relation that is not followed is the other's id. */
const ids = ({ author, article, ...row }: Row): object => ({
  ...row,
  authorId: author,
  ...(article === undefined ? {} : { articleId: article }),
})
