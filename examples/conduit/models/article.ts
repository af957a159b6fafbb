import { fromActor, id, many, model, one, ref, text, timestamp } from 'bede'

export const article = model(
  {
    id: id<'article'>(),
    slug: text({ unique: true, max: 160 }),
    title: text({ min: 1, max: 140 }),
    description: text({ max: 1_000 }),
    body: text({ max: 100_000 }),
    createdAt: timestamp({ default: 'now', immutable: true }),
    updatedAt: timestamp({ default: 'now', onUpdate: 'now' }),
    authorId: ref('user', { default: fromActor('id'), immutable: true }),
    author: one('authorId'),
    tags: many('tag', 'articleId'),
    favorites: many('favorite', 'articleId'),
    comments: many('comment', 'articleId'),
  },
  { index: [['createdAt'], ['authorId', 'createdAt']] },
)
