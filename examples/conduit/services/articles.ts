import { array, concat, type Expression, type Id, object, or, partial, type ViewScope } from 'bede'
import { article } from '../models/article.ts'
import { type Actor, Articles, type Conduit, Tags } from '../models/index.ts'
import { tag } from '../models/tag.ts'
import { profileView } from './profiles.ts'

/** Anybody reads an article, unless its author is suspended; only its author writes it. */
export const articlePolicy = Articles.policy(({ row, actor }) => {
  const mine = row.authorId.eq(actor.id)
  return { read: or(row.author.suspended.eq(false), mine), create: mine, update: mine, delete: mine }
})

/** Tags come and go with their article. */
export const tagPolicy = Tags.policy(({ row, actor }) => {
  const mine = row.article.authorId.eq(actor.id)
  return { read: or(row.article.author.suspended.eq(false), mine), create: mine }
})

const preview = ({ row, actor }: ViewScope<Conduit, Actor, 'article'>) => ({
  slug: row.slug,
  title: row.title,
  description: row.description,
  tagList: row.tags.list((tag) => tag.name, { order: (tag) => tag.id.asc() }),
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  favorited: row.favorites.some((favorite) => favorite.userId.eq(actor.id)),
  favoritesCount: row.favorites.count(),
  author: profileView.of(row.author),
})

/** An article as lists show it: without its body. */
export const articlePreview = Articles.view(preview)
export const articleView = Articles.view((scope) => ({ ...preview(scope), body: scope.row.body }))

const { title, description, body } = article.fields

/** `how-to-train-your-dragon-3f9a12bc`: the title, and the end of the id, which sets it apart from others of that title. */
const slugOf = <T extends string | undefined>(title: Expression<'text', T>, id: Expression<'id', Id<'article'>>) =>
  concat(title, '-', concat(id).right(8)).slugify()

const tagList = array(tag.fields.name, { default: [], max: 20 })

export const createArticle = Articles.action({
  input: { article: object({ title, description, body, tagList }) },
  create: ({ row, input }) => {
    const { tagList, ...article } = input.article
    return { ...article, slug: slugOf(article.title, row.id), tags: tagList.each((name) => ({ name })) }
  },
  answers: articleView,
})

/** A new title is a new slug. */
export const updateArticle = Articles.action({
  by: 'slug',
  input: { article: object(partial({ title, description, body })) },
  set: ({ row, input }) => ({ ...input.article, slug: slugOf(input.article.title, row.id) }),
  answers: articleView,
})

/** Its tags, favorites and comments go with it. */
export const deleteArticle = Articles.action({
  input: { slug: article.fields.slug },
  delete: ({ row, input }) => row.slug.eq(input.slug),
})
