import { execSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { answer, anyone, app, integer, json, or, ref, stream, system, text } from 'bede'
import * as api from '../api/index.ts'
import { refusal } from '../api/refusal.ts'
import { Articles, Comments, models, route, Users } from '../models/index.ts'
import * as services from '../services/index.ts'

// Every handler below is wrong. None is code to copy: each has one hole that `bede prove` must find.

const page = (markup: string) => stream(Readable.from([markup]), { type: 'text/html; charset=utf-8' })
const nameView = Users.view(({ row }) => ({ username: row.username, bio: row.bio }))
const cardView = Users.view(({ row }) => ({ username: row.username, email: row.email }))
const titleView = Articles.view(({ row }) => ({ title: row.title, body: row.body }))

/** What each hole is called, by its operation: the class that must be open for it. */
export const holes: Readonly<Record<string, number>> = {
  putArticle: 15,
  removeComment: 15,
  dropArticle: 15,
  signGuestBook: 29,
  profilePage: 142,
  greetingPage: 142,
  readAttachment: 111,
  keepAttachment: 111,
  people: 10,
  anyArticle: 18,
  leave: 144,
  preview: 104,
  grep: 128,
  convert: 143,
  patchArticle: 22,
  everyArticle: 109,
  shareInbox: 58,
  explainError: 13,
}

const dropArticle = route('DELETE /holes/articles/:id', {
  params: { id: ref('article') },
  run: async ({ params, db }) => {
    await db.as(system('no owner is asked for')).delete(Articles, params.id)
    return {}
  },
})
const signGuestBook = route('POST /holes/articles/:articleId/guests', {
  auth: 'optional',
  params: { articleId: ref('article') },
  body: { body: text({ min: 1, max: 200 }), authorId: ref('user') },
  run: async ({ params, body, db }) => db.as(system('no rule')).create(Comments, { ...params, ...body }),
})
const profilePage = route('GET /holes/people/:username', {
  auth: 'optional',
  run: async ({ params, db }) => {
    const user = await db.run(nameView.one((row) => row.username.eq(params.username)))
    return page(`<h1>${user?.username}</h1><p>${user?.bio}</p>`)
  },
})
const greetingPage = route('GET /holes/greeting', {
  auth: 'optional',
  query: { name: text() },
  run: ({ query }) => page(`<h1>Hello ${query.name}</h1>`),
})
const readAttachment = route('GET /holes/attachments/:name', {
  run: ({ params }) => ({ text: readFileSync(join(tmpdir(), params.name), 'utf8') }),
})
const keepAttachment = route('POST /holes/attachments', {
  body: { name: text({ max: 500 }), text: text() },
  run: ({ body }) => {
    writeFileSync(join(tmpdir(), body.name), body.text)
    return {}
  },
})
const people = route('GET /holes/people', {
  run: async ({ db }) => ({ people: await db.as(system('everybody')).run(cardView.list()) }),
})
const anyArticle = route('GET /holes/articles/:id', {
  params: { id: ref('article') },
  run: async ({ params, db }) =>
    db.as(system('suspended authors too')).run(titleView.one((row) => row.id.eq(params.id))),
})
const leave = route('GET /holes/leave', {
  auth: 'optional',
  query: { to: text() },
  run: ({ query }) => answer({ status: 302, headers: { Location: query.to } }),
})
const preview = route('GET /holes/preview', {
  query: { url: text() },
  run: async ({ query }) => ({ text: await (await fetch(query.url)).text() }),
})
const grep = route('GET /holes/grep', {
  query: { pattern: text({ max: 100 }) },
  run: async ({ query, db }) => {
    const all = await db.run(titleView.list())
    return { found: all.filter(({ body }) => new RegExp(query.pattern).test(body.split(' ').at(-1) ?? '')).length }
  },
})
const convert = route('POST /holes/convert', {
  body: { name: text({ max: 500 }) },
  run: ({ body }) => ({ text: execSync(`echo ${body.name}`, { encoding: 'utf8', stdio: 'pipe' }) }),
})
const patchArticle = route('PATCH /holes/articles/:id', {
  params: { id: ref('article') },
  body: { article: json() },
  run: async ({ params, body, db }) =>
    db.as(system('whatever was sent')).update(Articles, params.id, body.article as { readonly title: string }),
})
const everyArticle = route('GET /holes/articles', {
  auth: 'optional',
  query: { limit: integer({ min: 1, default: 20 }) },
  answers: ({ query }) => ({ articles: titleView.list({ limit: query.limit }) }),
})
const shareInbox = route('GET /holes/inbox', {
  run: ({ actor }) => answer({ headers: { 'Cache-Control': 'public, max-age=600' }, body: { of: actor.id } }),
})
const explainError = route('GET /holes/parse', {
  query: { text: text() },
  run: ({ query }) => {
    try {
      return { parsed: JSON.parse(query.text) }
    } catch (error) {
      return answer({ status: 422, body: { why: error instanceof Error ? error.stack : '' } })
    }
  },
})

/** Fails on what its declaration lets through: no attack class, and not what its description says. */
const divide = route('GET /holes/divide', {
  auth: 'optional',
  query: { by: integer(), what: integer() },
  output: { rest: integer() },
  run: ({ query }) => ({ rest: Number(BigInt(query.what) % BigInt(query.by > 100 ? 0 : 1)) }),
})

/** No holes: forms, files and header lines are sent as the operation takes them. */
const receive = route('POST /holes/receive', {
  headers: { 'x-channel': text({ max: 200 }) },
  files: { paper: { type: 'application/pdf', max: '1mb' }, pictures: { type: 'image/png', max: '1mb', many: 2 } },
  body: { title: text({ max: 200 }) },
  output: { size: integer(), pictures: integer() },
  run: ({ uploads }) => ({ size: uploads.paper.size, pictures: uploads.pictures.length }),
})
const submit = route('POST /holes/submit', {
  accepts: 'application/x-www-form-urlencoded',
  body: { title: text({ max: 200 }) },
  output: { length: integer() },
  run: ({ body }) => ({ length: body.title.length }),
})

const handlers = {
  divide,
  receive,
  submit,
  dropArticle,
  signGuestBook,
  profilePage,
  greetingPage,
  readAttachment,
  keepAttachment,
  people,
  anyArticle,
  leave,
  preview,
  grep,
  convert,
  patchArticle,
  everyArticle,
  shareInbox,
  explainError,
}

const articlePolicy = Articles.policy(({ row, actor }) => {
  const mine = row.authorId.eq(actor.id)
  return { read: or(row.author.suspended.eq(false), mine), create: mine, update: anyone, delete: mine }
})
const commentPolicy = Comments.policy(({ row, actor }) => {
  const mine = row.authorId.eq(actor.id)
  return { read: or(row.author.suspended.eq(false), mine), create: mine, delete: actor.id.isNotNull() }
})

/** The example, with two rules too wide and handlers that nobody should write. */
export default app({
  name: 'conduit with holes',
  schema: models,
  use: { services: { ...services, articlePolicy, commentPolicy }, api, handlers },
  authorization: { scheme: 'Token' },
  problem: refusal,
})
