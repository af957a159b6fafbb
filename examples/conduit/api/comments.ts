import type { Row } from 'bede'
import { Articles, type Conduit, route } from '../models/index.ts'
import { addComment, commentView, deleteComment } from '../services/comments.ts'

/** Through the article, so that one that is not there is a 404 and not an empty list. */
export const listComments = route('GET /api/articles/:slug/comments', {
  auth: 'optional',
  answers: ({ params }) => {
    const { comments } = Articles.one((article) => article.slug.eq(params.slug))
    const newest = { order: (comment: Row<Conduit, 'comment'>) => comment.createdAt.desc() }
    return { comments: comments.list((comment) => commentView.of(comment), newest) }
  },
})

export const postComment = route('POST /api/articles/:slug/comments', {
  status: 200,
  calls: addComment,
  answers: ({ result }) => ({ comment: result }),
})

export const removeComment = route('DELETE /api/articles/:slug/comments/:id', { calls: deleteComment })
