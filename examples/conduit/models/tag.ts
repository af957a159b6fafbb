import { id, model, one, ref, text } from 'bede'

/** One word that one article carries. */
export const tag = model(
  {
    // Counted, so that an article shows its tags in the order in which its author wrote them.
    id: id<'tag'>({ integer: true }),
    name: text({ min: 1, max: 40, immutable: true }),
    articleId: ref('article', { onDelete: 'cascade', immutable: true }),
    article: one('articleId'),
  },
  { unique: [['articleId', 'name']], index: [['name']] },
)
