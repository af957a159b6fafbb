import { fromActor, id, model, one, ref } from 'bede'

export const favorite = model(
  {
    id: id<'favorite'>(),
    userId: ref('user', { default: fromActor('id'), immutable: true }),
    user: one('userId'),
    articleId: ref('article', { onDelete: 'cascade', immutable: true }),
    article: one('articleId'),
  },
  { unique: [['articleId', 'userId']] },
)
