import { bool, fromActor, id, model, one, ref, text, timestamp } from 'bede'

export const note = model(
  {
    id: id<'note'>(),
    title: text({ min: 1, max: 120 }),
    body: text({ max: 20_000, default: '' }),
    shared: bool({ default: false }),
    createdAt: timestamp({ default: 'now', immutable: true }),
    updatedAt: timestamp({ default: 'now', onUpdate: 'now' }),
    authorId: ref('user', { default: fromActor('id'), immutable: true }),
    author: one('authorId'),
  },
  { index: [['createdAt']] },
)
