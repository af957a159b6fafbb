// Fastify + Drizzle, as drizzle's "relational queries" and fastify's response schemas say; a pool of pg's default size.
import { drizzle } from 'drizzle-orm/node-postgres'
import { asc, desc, eq, relations, sql } from 'drizzle-orm'
import { boolean, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { fastify } from 'fastify'
import pg from 'pg'
import { nextId } from './next-id.js'

const [port, url, actor] = process.argv.slice(2)
const when = (name) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' })
const users = pgTable('user', { id: uuid('id').primaryKey(), name: text('name').notNull() })
const articles = pgTable('article', {
  id: uuid('id').primaryKey(),
  title: text('title').notNull(),
  body: text('body').notNull(),
  status: text('status').notNull(),
  createdAt: when('created_at').notNull(),
  authorId: uuid('author_id').notNull(),
})
const comments = pgTable('comment', {
  id: uuid('id').primaryKey(),
  body: text('body').notNull(),
  hidden: boolean('hidden').notNull().default(false),
  createdAt: when('created_at').notNull().defaultNow(),
  articleId: uuid('article_id').notNull(),
  authorId: uuid('author_id').notNull(),
})
const tags = pgTable('tag', { id: uuid('id').primaryKey(), name: text('name').notNull() })
const articleTags = pgTable('article_tag', { id: uuid('id').primaryKey(), articleId: uuid('article_id').notNull(), tagId: uuid('tag_id').notNull() })
const schema = {
  users, articles, comments, tags, articleTags,
  articleRelations: relations(articles, ({ one, many }) => ({
    author: one(users, { fields: [articles.authorId], references: [users.id] }),
    comments: many(comments),
    links: many(articleTags),
  })),
  commentRelations: relations(comments, ({ one }) => ({
    article: one(articles, { fields: [comments.articleId], references: [articles.id] }),
    author: one(users, { fields: [comments.authorId], references: [users.id] }),
  })),
  linkRelations: relations(articleTags, ({ one }) => ({
    article: one(articles, { fields: [articleTags.articleId], references: [articles.id] }),
    tag: one(tags, { fields: [articleTags.tagId], references: [tags.id] }),
  })),
}
const db = drizzle(new pg.Pool({ connectionString: url }), { schema })

const article = db.query.articles.findFirst({ where: eq(articles.id, sql.placeholder('id')) }).prepare('article')
const newest = db.query.articles
  .findMany({
    columns: { id: true, title: true, createdAt: true },
    orderBy: [desc(articles.createdAt), desc(articles.id)],
    limit: 20,
    with: {
      author: { columns: { id: true, name: true } },
      links: { columns: {}, orderBy: asc(articleTags.id), with: { tag: { columns: { name: true } } } },
    },
  })
  .prepare('newest')
const threads = db.query.articles
  .findMany({
    columns: { id: true, title: true },
    orderBy: [desc(articles.createdAt), desc(articles.id)],
    limit: 20,
    with: {
      author: { columns: { id: true, name: true } },
      comments: {
        columns: { id: true, body: true, createdAt: true },
        orderBy: [asc(comments.createdAt), asc(comments.id)],
        limit: 5,
        with: { author: { columns: { id: true, name: true } } },
      },
    },
  })
  .prepare('threads')

const string = { type: 'string' }
const object = (properties) => ({ type: 'object', properties })
const list = (items) => ({ type: 'array', items })
const author = object({ id: string, name: string })
const ok = (schema, status = 200) => ({ schema: { response: { [status]: schema } } })
const app = fastify()
app.get('/articles/:id', ok(object({ id: string, title: string, body: string, status: string, createdAt: string, authorId: string })), (request) => article.execute({ id: request.params.id }))
app.get('/newest', ok(object({ articles: list(object({ id: string, title: string, createdAt: string, author, tags: list(string) })) })), async () => ({
  articles: (await newest.execute()).map(({ links, ...row }) => ({ ...row, tags: links.map((link) => link.tag.name) })),
}))
app.get('/threads', ok(object({ articles: list(object({ id: string, title: string, author, comments: list(object({ id: string, body: string, createdAt: string, author })) })) })), async () => ({ articles: await threads.execute() }))
const body = { ...object({ articleId: { type: 'string', format: 'uuid' }, body: { type: 'string', minLength: 1, maxLength: 2000 } }), required: ['articleId', 'body'], additionalProperties: false }
app.post('/comments', { schema: { body, response: { 201: object({ id: string, body: string, createdAt: string, articleId: string, authorId: string }) } } }, async (request, reply) => {
  const [made] = await db.insert(comments).values({ id: nextId(), ...request.body, authorId: actor }).returning()
  reply.code(201)
  return made
})
await app.listen({ port: Number(port), host: '127.0.0.1' })
