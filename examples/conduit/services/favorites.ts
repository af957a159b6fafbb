import { and, or } from 'bede'
import { article } from '../models/article.ts'
import { Articles, Favorites } from '../models/index.ts'
import { articleView } from './articles.ts'

/** Who likes what is public, and everybody's own decision. Those of suspended accounts do not count. */
export const favoritePolicy = Favorites.policy(({ row, actor }) => {
  const mine = row.userId.eq(actor.id)
  return { read: or(row.user.suspended.eq(false), mine), create: mine, delete: mine }
})

const { slug } = article.fields

/** Favoriting twice is favoriting. */
export const favoriteArticle = Favorites.action({
  input: { slug },
  create: ({ input }) => ({ articleId: Articles.one((article) => article.slug.eq(input.slug)).id }),
  exists: 'keep',
  answers: ({ row }) => articleView.of(row.article),
})

/** What was no favorite stays none; an article that is not there is a 404. */
export const unfavoriteArticle = Favorites.action({
  input: { slug },
  delete: ({ row, input, actor }) => and(row.userId.eq(actor.id), row.article.slug.eq(input.slug)),
  absent: 'ok',
  answers: ({ input }) => articleView.one((article) => article.slug.eq(input.slug)),
})
