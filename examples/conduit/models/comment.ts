import { fromActor, id, model, one, ref, text, timestamp } from 'bede'

export const comment = model(
  {
    // The RealWorld contract counts comments: 1, 2, 3.
    id: id<'comment'>({ integer: true }),
    body: text({ min: 1, max: 10_000 }),
    createdAt: timestamp({ default: 'now', immutable: true }),
    updatedAt: timestamp({ default: 'now', onUpdate: 'now' }),
    articleId: ref('article', { onDelete: 'cascade', immutable: true }),
    article: one('articleId'),
    authorId: ref('user', { default: fromActor('id'), immutable: true }),
    author: one('authorId'),
  },
  { index: [['articleId', 'createdAt']] },
)
