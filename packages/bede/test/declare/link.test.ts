import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureOf } from '../../src/declare/failed.ts'
import {
  anyone,
  app,
  bigint,
  choice,
  concat,
  defineSchema,
  email,
  event,
  fromActor,
  id,
  integer,
  isProblem,
  link,
  many,
  model,
  object,
  one,
  type Problem,
  readable,
  ref,
  resources,
  text,
  verbs,
} from '../../src/index.ts'
import type { CompiledOperation, Manifest, Operation } from '../../src/manifest/manifest.ts'
import { checkNames } from '../../src/sql/names.ts'
import blogApp from '../fixtures/blog/app.ts'
import { handlers, manifest } from '../fixtures/blog/linked.ts'

const compiled = (name: string, from: Manifest = manifest): CompiledOperation => {
  const operation: Operation | undefined = from.operations[name]
  assert.ok(operation !== undefined && operation.kind !== 'invoke', name)
  return operation
}

const refusal = (step: () => unknown): Problem => {
  try {
    step()
  } catch (error) {
    if (isProblem(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

test('the manifest is plain frozen JSON, the same each time', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(manifest)), manifest)
  assert.deepEqual(link(blogApp).manifest, manifest)
  const frozen = (value: unknown): boolean =>
    typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen))
  assert.ok(frozen(manifest))
})

test('columns and indexes are named after what they hold', () => {
  const { article } = manifest.models
  assert.equal(article?.table, 'article')
  assert.equal(article?.fields.authorId?.column, 'author_id')
  assert.deepEqual(article?.fields.id, {
    type: { kind: 'id', model: 'article' },
    column: 'id',
    default: { kind: 'generated' },
    immutable: true,
  })
  assert.deepEqual(
    article?.indexes.map(({ name }) => name),
    [
      'article_slug_key',
      'article_author_id_created_at_idx',
      'article_created_at_idx',
      'article_title_idx',
      'article_status_idx',
    ],
  )
  assert.deepEqual(
    manifest.models.comment?.indexes.map(({ name }) => name),
    ['comment_article_id_idx', 'comment_author_id_idx'],
  )
  assert.equal(article?.checks[0]?.name, 'titleIsNotBlank')
})

test('an index of long names has one that the database holds, and two have two', () => {
  const long = 'aFieldWhoseNameIsRatherLongAndGoesOnForAWhile'
  const models = defineSchema({
    aModelWithALongName: model(
      {
        id: id<'aModelWithALongName'>(),
        [`${long}A` as const]: ref('aModelWithALongName', { optional: true }),
        [`${long}B` as const]: text({ unique: true }),
        kind: text(),
      },
      {
        index: [
          ['kind', `${long}A`],
          ['kind', `${long}B`],
        ],
      },
    ),
  })
  const { aModelWithALongName: Things } = resources(models, {})
  const policy = Things.policy(() => ({ read: anyone }))
  const linked = () => link(app({ name: 'long', schema: models, use: { all: { policy } } })).manifest
  const names = linked().models.aModelWithALongName?.indexes.map(({ name }) => name) ?? []
  assert.equal(new Set(names).size, 4)
  for (const name of names) assert.ok(Buffer.byteLength(name) <= 63, name)
  assert.deepEqual(
    linked().models.aModelWithALongName?.indexes.map(({ name }) => name),
    names,
  )
  checkNames(linked())
})

test('exposures open operations under the model’s name, and nothing else', () => {
  const names = Object.keys(manifest.operations).filter((name) => name.startsWith('article.'))
  assert.deepEqual(
    names,
    ['list', 'get', 'create', 'update', 'delete', 'upsert', 'createMany', 'updateMany', 'deleteMany'].map(
      (one) => `article.${one}`,
    ),
  )
  assert.deepEqual(compiled('publish').http, {
    method: 'POST',
    path: '/articles/:id/publish',
    params: { id: ['id'] },
    query: {},
    body: [],
  })
  assert.equal(compiled('deleteArticle').http, undefined)
})

test('a caller may write what neither the server makes nor the model guards', () => {
  const create = compiled('article.create')
  assert.deepEqual(Object.keys(create.input.data?.fields ?? {}), [
    'slug',
    'title',
    'description',
    'body',
    'status',
    'pinned',
    'publishedAt',
  ])
  const update = compiled('comment.update')
  assert.deepEqual(Object.keys(update.input.data?.fields ?? {}), ['body'])
  assert.equal(update.http?.patch, true)
})

test('filters are parameters of their own, each counting when it is sent', () => {
  const { input, answers } = compiled('article.list')
  const parameters = Object.keys(input)
  for (const name of [
    'status',
    'status[ne]',
    'status[in]',
    'createdAt[gte]',
    'title[contains]',
    'tags.name',
    'author.username[startsWith]',
  ]) {
    assert.ok(parameters.includes(name), name)
  }
  assert.ok(!parameters.includes('tags.name[ne]'))
  assert.ok(!parameters.includes('body'))
  assert.deepEqual(input['status[in]']?.type, {
    kind: 'array',
    of: { kind: 'choice', choices: ['draft', 'published'] },
  })
  assert.ok(answers?.kind === 'page')
  const { where } = answers.from
  assert.ok(where?.kind === 'call' && where.fn === 'and')
  assert.ok(where.args.every((one) => one.kind === 'given' && one.path.length === 1))
  assert.deepEqual(answers.page, {
    sort: {
      createdAt: { kind: 'field', row: 'row', field: 'createdAt' },
      title: { kind: 'field', row: 'row', field: 'title' },
    },
    defaultSort: '-createdAt',
    defaultLimit: 20,
    maxLimit: 100,
  })
})

test('who must be signed in follows from the policy', () => {
  assert.equal(compiled('article.list').auth, 'optional')
  assert.equal(compiled('article.create').auth, 'required')
  assert.equal(compiled('article.update').auth, 'required')
})

test('a route that calls an action is one operation, with the route’s inputs in the action’s places', () => {
  const { write, answers, http } = compiled('putArticle')
  assert.ok(write?.kind === 'update')
  assert.deepEqual(write.target, {
    kind: 'call',
    fn: 'eq',
    args: [
      { kind: 'field', row: 'row', field: 'slug' },
      { kind: 'input', path: ['params', 'slug'], type: { kind: 'text' } },
    ],
  })
  const title = ['body', 'article', 'title']
  assert.deepEqual(write.set.title, {
    kind: 'given',
    path: title,
    then: { kind: 'input', path: title, type: { kind: 'text' } },
  })
  assert.ok(write.set.slug?.kind === 'given')
  assert.deepEqual(write.set.slug.path, title)
  assert.deepEqual(answers, { kind: 'object', members: { article: { kind: 'view', view: 'articleView', row: 'row' } } })
  assert.deepEqual(http, {
    method: 'PUT',
    path: '/api/articles/:slug',
    params: { slug: ['params', 'slug'] },
    query: {},
    body: ['body'],
  })
  assert.equal(compiled('postArticle').http?.status, 201)
  assert.ok(!JSON.stringify(compiled('postFavorite')).includes('"path":["slug"]'))
})

test('handlers stand under the names of their operations', async () => {
  assert.deepEqual(Object.keys(handlers).sort(), ['importArticles', 'page'])
  const operation = manifest.operations.importArticles
  assert.ok(operation?.kind === 'invoke' && operation.allow !== undefined)
})

/** A backend of one thing, with whatever a test adds to it. */
const small = () => {
  const owner = model({
    id: id<'owner'>(),
    name: text({ max: 10 }),
    mail: email({ unique: true }),
    things: many('thing', 'ownerId'),
  })
  const thing = model(
    {
      id: id<'thing'>(),
      name: text({ min: 2, max: 20, unique: true }),
      kind: choice(['a', 'b'], { default: 'a' }),
      ownerId: ref('owner', { default: fromActor('id') }),
      owner: one('ownerId'),
    },
    {},
  )
  const models = defineSchema({ owner, thing })
  const actor = { id: ref('owner') }
  const { owner: Owners, thing: Things } = resources(models, actor)
  const { route, action } = verbs(actor)
  const policies = {
    ownerPolicy: Owners.policy(() => ({ read: anyone, create: anyone })),
    thingPolicy: Things.policy(() => ({ read: anyone, create: anyone, update: anyone })),
  }
  const linked = (module: object) => link(app({ name: 'small', schema: models, use: { module } }))
  return { models, Owners, Things, route, action, policies, linked }
}

test('a start that is refused names every mistake, each with its place, code and hint', () => {
  const { Things, linked, policies } = small()
  const view = Things.view(({ row }) => ({ name: row.name }))
  const problem = refusal(() =>
    linked({
      thingPolicy: policies.thingPolicy,
      again: Things.policy(() => ({})),
      api: Things.expose({ view, operations: ['list', 'get'], filter: ['kind'] }),
      oneEvent: event('happened', {}),
      otherEvent: event('happened', {}),
    }),
  )
  assert.equal(problem.code, 'invalid-declaration')
  assert.deepEqual(problem.details.map(({ place, code }) => `${place} ${code}`).sort(), [
    'again duplicate-name',
    'api.view not-exported',
    'otherEvent duplicate-name',
    'owner.policy missing-policy',
  ])
  for (const { hint, place } of problem.details.filter((one) => one.code !== 'duplicate-name')) assert.ok(hint, place)
})

test('a filter without an index is refused with the index to add', () => {
  const { Things, linked, policies } = small()
  const view = Things.view(({ row }) => ({ name: row.name }))
  const problem = refusal(() =>
    linked({ ...policies, view, api: Things.expose({ view, operations: ['list'], filter: ['kind'], sort: ['name'] }) }),
  )
  const missing = problem.details.find((one) => one.code === 'missing-index')
  assert.match(missing?.hint ?? '', /index: \[\['kind'\]\]/)
})

test('a filter cannot take the name of what every list is asked for', () => {
  const item = model({ id: id<'item'>(), count: integer({ unique: true }) })
  const models = defineSchema({ item })
  const { item: Items } = resources(models, {})
  const view = Items.view(({ row }) => ({ count: row.count }))
  const api = Items.expose({ view, operations: ['list'], filter: ['count'] })
  const policy = Items.policy(() => ({ read: anyone }))
  const problem = refusal(() => link(app({ name: 'small', schema: models, use: { m: { policy, view, api } } })))
  assert.deepEqual(
    problem.details.map(({ place, hint }) => [place, hint]),
    [['api.filter', 'Rename the field, or write a route for it.']],
  )
})

test('two routes at one address are refused', () => {
  const { Things, linked, policies, route } = small()
  const a = route('GET /things/:id', { answers: () => ({ n: Things.count() }) })
  const b = route('GET /things/:name', { answers: () => ({ n: Things.count() }) })
  assert.ok(refusal(() => linked({ ...policies, a, b })).details.some((one) => one.code === 'duplicate-name'))
})

test('two exports of one name, and one declaration of two names, are refused', () => {
  const { models, Things, policies } = small()
  const [first, second] = [Things.view(({ row }) => ({ a: row.name })), Things.view(({ row }) => ({ b: row.name }))]
  const problem = refusal(() =>
    link(
      app({
        name: 'small',
        schema: models,
        use: { one: { ...policies, view: first }, two: { view: second, alias: first } },
      }),
    ),
  )
  assert.deepEqual(problem.details.map(({ place }) => place).sort(), ['alias', 'view'])
})

test('a ref holds ids as its model makes them', () => {
  const thing = model({ id: id<'thing'>({ integer: true }), parentId: ref('thing', { optional: true }) })
  const models = defineSchema({ thing })
  const { thing: Things } = resources(models, {})
  const problem = refusal(() =>
    link(app({ name: 'small', schema: models, use: { m: { p: Things.policy(() => ({})) } } })),
  )
  const mismatch = problem.details.find(({ place }) => place === 'thing.parentId')
  assert.match(mismatch?.hint ?? '', /ref\('thing', \{ integer: true \}\)/)
})

test('names that the compiler was kept from checking are checked at start', () => {
  const thing = model({ id: id<'thing'>(), notes: many('note', 'thingId'), owner: one('ownerId') })
  const models = { thing }
  const { thing: Things } = resources(models, {})
  const problem = refusal(() =>
    link(app({ name: 'small', schema: models, use: { m: { p: Things.policy(() => ({})) } } })),
  )
  assert.ok(problem.details.some(({ place, code }) => place === 'thing.notes' && code === 'unknown-model'))
  assert.ok(problem.details.some(({ place, code }) => place === 'thing.owner' && code === 'unknown-model-field'))
})

test('a field that not everybody may read must be shown as readable', () => {
  const { Owners, Things, linked, policies } = small()
  const ownerPolicy = Owners.policy(({ row, actor }) => ({
    read: anyone,
    fields: { mail: { read: row.id.eq(actor.id) } },
  }))
  const plain = Owners.view(({ row }) => ({ mail: row.mail }))
  const through = Things.view(({ row }) => ({ mail: concat('<', row.owner.mail, '>') }))
  const problem = refusal(() => linked({ ...policies, ownerPolicy, plain, through }))
  assert.deepEqual(
    problem.details.map(({ place, code }) => `${place} ${code}`),
    ['plain.mail unreadable-field', 'through.mail unreadable-field'],
  )
  const said = Owners.view(({ row }) => ({ mail: readable(row.mail) }))
  const saidThrough = Things.view(({ row }) => ({ mail: readable(row.owner.mail) }))
  const { manifest } = linked({ ...policies, ownerPolicy, said, saidThrough })
  assert.equal(JSON.stringify(manifest.views.said?.shape).includes('"nullable":true'), true)
})

test('a view that is not exported is written out, and its variables meet no others', () => {
  const { Owners, Things, linked, policies, route } = small()
  const hidden = Things.view(({ row }) => ({
    name: row.name,
    siblings: row.owner.things.list((thing) => ({ name: thing.name, owner: thing.owner.name })),
  }))
  const list = route('GET /all', {
    auth: 'optional',
    answers: () => ({ owners: Owners.list((o) => ({ first: o.things.list((t) => hidden.of(t)) })) }),
  })
  const { manifest } = linked({ ...policies, list })
  const text = JSON.stringify(compiled('list', manifest).answers)
  assert.ok(!text.includes('"view"'))
  const names = [...text.matchAll(/"as":"([^"]+)"/g)].map((match) => match[1])
  assert.deepEqual(names, [...new Set(names)])
})

test('an input keeps the limits of the field it becomes, and of the action that takes it', () => {
  const { Owners, Things, linked, policies, route } = small()
  const add = Things.action({
    input: { name: text({ max: 50 }), note: text({ max: 5, optional: true }) },
    create: ({ input }) => ({ name: input.name }),
  })
  const invite = Owners.action({
    input: { name: text(), mail: text() },
    create: ({ input }) => ({ name: input.name, mail: input.mail }),
  })
  const post = route('POST /things', {
    body: { thing: object({ name: text({ min: 1 }), note: text({ optional: true }) }) },
    calls: add,
    with: ({ body }) => ({ name: body.thing.name, note: body.thing.note }),
  })
  const { manifest } = linked({ ...policies, add, invite, post })
  assert.deepEqual(compiled('add', manifest).input.name, { type: { kind: 'text' }, min: 2, max: 20 })
  assert.deepEqual(compiled('invite', manifest).input.mail, { type: { kind: 'email' } })
  const fields = compiled('post', manifest).input.body?.fields?.thing?.fields
  assert.deepEqual(fields?.name, { type: { kind: 'text' }, min: 2, max: 20 })
  assert.equal(fields?.note?.max, 5)
})

test('an input that a route leaves out takes its default, or is not sent', () => {
  const { Things, linked, policies, route } = small()
  const change = Things.action({
    by: 'name',
    input: { to: text({ optional: true }), kind: choice(['a', 'b'], { default: 'b' }), times: integer({ default: 2 }) },
    where: ({ input }) => input.times.gt(1),
    set: ({ input }) => ({ name: input.to, kind: input.kind }),
  })
  const reset = route('POST /things/:name/reset', { calls: change, with: ({ params }) => ({ name: params.name }) })
  const { write } = compiled('reset', linked({ ...policies, change, reset }).manifest)
  assert.ok(write?.kind === 'update')
  assert.deepEqual(Object.keys(write.set), ['kind'])
  assert.deepEqual(write.set.kind, { kind: 'literal', value: 'b', type: { kind: 'choice', choices: ['a', 'b'] } })
})

test('a value that hangs on two optional inputs is refused', () => {
  const { Things } = small()
  const action = Things.action({
    input: { a: text({ optional: true }), b: text({ optional: true }) },
    set: ({ input }) => ({ name: concat(input.a, input.b) }),
  })
  assert.match(failureOf(action)?.hint ?? '', /orElse/)
})

test('a bigint of JavaScript stands in the manifest as JSON writes it', () => {
  const thing = model({ id: id<'thing'>(), large: bigint({ default: 9n as never, min: 1n as never }) })
  const models = defineSchema({ thing })
  const policy = resources(models, {}).thing.policy(() => ({ read: anyone }))
  const { fields = {} } =
    link(app({ name: 'things', schema: models, use: { all: { policy } } })).manifest.models.thing ?? {}
  assert.deepEqual([fields.large?.default, fields.large?.min], [{ kind: 'value', value: '9' }, '1'])
})
