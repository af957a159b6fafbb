import { and, object, or, ref } from 'bede'
import { article } from '../models/article.ts'
import { comment } from '../models/comment.ts'
import { Articles, Comments } from '../models/index.ts'
import { profileView } from './profiles.ts'

/** A comment is taken back by whoever wrote it, or removed by the author of the article it stands under. */
export const commentPolicy = Comments.policy(({ row, actor }) => {
  const mine = row.authorId.eq(actor.id)
  return {
    read: or(row.author.suspended.eq(false), mine),
    create: mine,
    delete: or(mine, row.article.authorId.eq(actor.id)),
  }
})

export const commentView = Comments.view(({ row }) => ({
  id: row.id,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  body: row.body,
  author: profileView.of(row.author),
}))

const { slug } = article.fields
const { body } = comment.fields

export const addComment = Comments.action({
  input: { slug, comment: object({ body }) },
  create: ({ input }) => ({
    articleId: Articles.one((article) => article.slug.eq(input.slug)).id,
    body: input.comment.body,
  }),
  answers: commentView,
})

export const deleteComment = Comments.action({
  input: { slug, id: ref('comment', { integer: true }) },
  delete: ({ row, input }) => and(row.id.eq(input.id), row.article.slug.eq(input.slug)),
})
