import { and, type Condition, type Expression, given, integer, type Row, text } from 'bede'
import { Articles, type Conduit, route } from '../models/index.ts'
import { articlePreview, articleView, createArticle, deleteArticle, updateArticle } from '../services/articles.ts'

type Article = Row<Conduit, 'article'>
type Page = Record<'limit' | 'offset', Expression<'integer', number>>

const page = {
  limit: integer({ min: 1, max: 100, default: 20 }),
  offset: integer({ min: 0, default: 0 }),
}

/** A page of those articles, newest first, and how many there are in all. */
const newest = ({ limit, offset }: Page, where: (article: Article) => Condition) => ({
  articles: articlePreview.list({ where, order: (article) => article.createdAt.desc(), limit, offset }),
  articlesCount: Articles.count(where),
})

export const listArticles = route('GET /api/articles', {
  auth: 'optional',
  query: {
    ...page,
    tag: text({ optional: true }),
    author: text({ optional: true }),
    favorited: text({ optional: true }),
  },
  answers: ({ query }) =>
    newest(query, (article) =>
      and(
        given(query.tag, (name) => article.tags.some((tag) => tag.name.eq(name))),
        given(query.author, (username) => article.author.username.eq(username)),
        given(query.favorited, (username) => article.favorites.some(({ user }) => user.username.eq(username))),
      ),
    ),
})

export const feed = route('GET /api/articles/feed', {
  query: page,
  answers: ({ query, actor }) =>
    newest(query, (article) => article.author.followers.some((follow) => follow.followerId.eq(actor.id))),
})

export const getArticle = route('GET /api/articles/:slug', {
  auth: 'optional',
  answers: ({ params }) => ({ article: articleView.one((article) => article.slug.eq(params.slug)) }),
})

export const postArticle = route('POST /api/articles', {
  calls: createArticle,
  answers: ({ result }) => ({ article: result }),
})

export const putArticle = route('PUT /api/articles/:slug', {
  calls: updateArticle,
  answers: ({ result }) => ({ article: result }),
})

export const removeArticle = route('DELETE /api/articles/:slug', { calls: deleteArticle })
