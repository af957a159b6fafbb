import { choice, fromActor, id, integer, model, one, ref, text, timestamp } from 'bede'

/** What is kept of a document: its text, and what was known of it when it came. The file itself is not. */
export const document = model(
  {
    id: id<'document'>(),
    title: text({ min: 1, max: 200 }),
    source: choice(['upload', 'archive', 'web']),
    type: text({ max: 100 }),
    size: integer({ min: 0 }),
    body: text({ max: 200_000 }),
    createdAt: timestamp({ default: 'now' }),
    ownerId: ref('user', { default: fromActor('id') }),
    owner: one('ownerId'),
  },
  { index: [['ownerId', 'createdAt']] },
)
