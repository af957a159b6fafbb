import { Articles, Comments, route, Teams, Users } from './models.ts'

export const accountView = Users.view(({ row }) => ({ id: row.id, name: row.name }))
export const authorView = Users.view(({ row }) => ({ id: row.id, name: row.name }))

export const articleView = Articles.view(({ row }) => ({
  id: row.id,
  title: row.title,
  body: row.body,
  status: row.status,
  createdAt: row.createdAt,
  authorId: row.authorId,
}))

export const previewView = Articles.view(({ row }) => ({
  id: row.id,
  title: row.title,
  createdAt: row.createdAt,
  author: authorView.of(row.author),
  tags: row.tags.list((link) => link.tag.name, { order: (link) => link.id.asc() }),
}))

export const threadView = Articles.view(({ row }) => ({
  id: row.id,
  title: row.title,
  author: authorView.of(row.author),
  comments: row.comments.list(
    (comment) => ({
      id: comment.id,
      body: comment.body,
      createdAt: comment.createdAt,
      author: authorView.of(comment.author),
    }),
    { order: (comment) => comment.createdAt.asc(), limit: 5 },
  ),
}))

export const commentView = Comments.view(({ row }) => ({
  id: row.id,
  body: row.body,
  createdAt: row.createdAt,
  articleId: row.articleId,
  authorId: row.authorId,
}))

/** R1 is its `get`; the growth measurement pages through its `list`. */
export const articlesApi = Articles.expose({
  view: articleView,
  operations: ['get', 'list'],
  filter: [],
  sort: ['createdAt'],
})

/** W1. */
export const commentsApi = Comments.expose({
  view: commentView,
  operations: ['create'],
  accepts: { create: ['articleId', 'body'] },
})

/** R2. */
export const newest = route('GET /newest', {
  auth: 'required',
  answers: () => ({ articles: previewView.list({ order: (row) => row.createdAt.desc(), limit: 20 }) }),
})

/** R3. */
export const threads = route('GET /threads', {
  auth: 'required',
  answers: () => ({ articles: threadView.list({ order: (row) => row.createdAt.desc(), limit: 20 }) }),
})

/** `BEDE_BENCH_IDENTITY=all`: every way to show who one is, for what each costs. */
const everyWay =
  process.env.BEDE_BENCH_IDENTITY === 'all'
    ? ({
        sessions: { token: 'jwt', access: '1h', cookie: true },
        apiKeys: { scopes: ['articles:read'] },
      } as const)
    : {}

export const identity = Users.identity({ view: accountView, register: ['name', 'teamId'], ...everyWay })

/** Answers of one to four levels, for the growth measurement: the same rows, each with one more relation inside. */
const teamView = Teams.view(({ row }) => ({ id: row.id, name: row.name }))
const teamOfCompany = Teams.view(({ row }) => ({
  id: row.id,
  name: row.name,
  company: { id: row.company.id, name: row.company.name },
}))
const member = Users.view(({ row }) => ({ id: row.id, name: row.name, team: teamView.of(row.team) }))
const memberOfCompany = Users.view(({ row }) => ({ id: row.id, name: row.name, team: teamOfCompany.of(row.team) }))
const flat = Articles.view(({ row }) => ({ id: row.id, title: row.title }))
const second = Articles.view(({ row }) => ({ id: row.id, title: row.title, author: authorView.of(row.author) }))
const third = Articles.view(({ row }) => ({ id: row.id, title: row.title, author: member.of(row.author) }))
const fourth = Articles.view(({ row }) => ({ id: row.id, title: row.title, author: memberOfCompany.of(row.author) }))

export const depth1 = route('GET /depth/1', {
  auth: 'required',
  answers: () => ({ articles: flat.list({ order: (row) => row.createdAt.desc(), limit: 20 }) }),
})
export const depth2 = route('GET /depth/2', {
  auth: 'required',
  answers: () => ({ articles: second.list({ order: (row) => row.createdAt.desc(), limit: 20 }) }),
})
export const depth3 = route('GET /depth/3', {
  auth: 'required',
  answers: () => ({ articles: third.list({ order: (row) => row.createdAt.desc(), limit: 20 }) }),
})
export const depth4 = route('GET /depth/4', {
  auth: 'required',
  answers: () => ({ articles: fourth.list({ order: (row) => row.createdAt.desc(), limit: 20 }) }),
})
