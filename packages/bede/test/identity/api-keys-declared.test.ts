import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routeRows } from '../../src/cli/serve/routes.ts'
import {
  type ActorOf,
  anyone,
  app,
  choice,
  defineSchema,
  email,
  fromActor,
  id,
  isProblem,
  link,
  model,
  type Problem,
  type ProblemDetail,
  ref,
  resources,
  secret,
  text,
  verbs,
} from '../../src/index.ts'
import { readManifest } from '../../src/manifest/read.ts'
import { verify } from '../../src/manifest/verify.ts'

const user = model({
  id: id<'user'>(),
  email: email({ unique: true }),
  password: secret({ private: true }),
  role: choice(['member', 'admin'], { default: 'member' }),
})
const post = model({
  id: id<'post'>(),
  title: text(),
  ownerId: ref('user', { default: fromActor('id') }),
})
const models = defineSchema({ user, post })
const actor = { id: ref('user'), role: choice(['member', 'admin']) }
interface Blog extends Readonly<typeof models> {}
interface Actor extends ActorOf<typeof actor> {}
const { user: Users, post: Posts } = resources<Blog, Actor>(models, actor)
const { route, action } = verbs<Actor>(actor)
const userPolicy = Users.policy(() => ({ read: anyone }))
const postPolicy = Posts.policy(({ row, actor }) => {
  const mine = row.ownerId.eq(actor.id)
  return { read: anyone, create: mine, update: mine }
})
const postView = Posts.view(({ row }) => ({ id: row.id, title: row.title }))

const linked = (declared: Readonly<Record<string, unknown>>) =>
  link(app({ name: 'blog', schema: models, use: { all: { userPolicy, postPolicy, postView, ...declared } } })).manifest

const problemOf = (step: () => unknown): Problem => {
  try {
    step()
  } catch (error) {
    if (isProblem(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}
const mistakes = (declared: Readonly<Record<string, unknown>>): readonly ProblemDetail[] =>
  problemOf(() => linked(declared)).details
const keys = (scopes: readonly string[], more: object = {}) =>
  Users.identity({ apiKeys: { scopes: scopes as [string, ...string[]], ...more } })
const scopesOf = (declared: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(linked(declared).operations).flatMap(([name, { scope }]) =>
      scope === undefined ? [] : [[name, scope]],
    ),
  )

const posts = (more: object = {}) => Posts.expose({ view: postView, operations: ['list', 'get', 'create'], ...more })

test('what an exposure opens has the scope of its path and its kind, where the app declares that one', () => {
  const identity = keys(['posts:read'])
  assert.deepEqual(scopesOf({ identity, posts: posts() }), { 'post.list': 'posts:read', 'post.get': 'posts:read' })
  assert.deepEqual(scopesOf({ identity: keys(['texts:write']), posts: posts({ path: '/api/v1/texts' }) }), {
    'post.create': 'texts:write',
  })
  assert.deepEqual(scopesOf({ identity: keys(['a:write', 'a:read']), posts: posts({ scope: 'a' }) }), {
    'post.list': 'a:read',
    'post.get': 'a:read',
    'post.create': 'a:write',
  })
})

test('bede check shows beside each route what opens it to a key', () => {
  const rows = routeRows(linked({ identity: keys(['posts:read']), posts: posts() })).map((row) => row.join(' '))
  assert.ok(rows.includes('GET /posts anyone, key posts:read post.list'), rows.join('\n'))
  assert.ok(rows.includes('POST /posts signed in post.create'))
})

test('routes, actions and handlers have the scope they say, and none without it', () => {
  const publish = Posts.action({ set: () => ({ title: 'x' }), scope: 'posts:publish' })
  const hide = Posts.action({ set: () => ({ title: 'y' }) })
  const count = route('GET /count', { scope: 'count', answers: () => ({ count: Posts.count() }) })
  const free = route('GET /free', { answers: () => ({ count: Posts.count() }) })
  const tidy = action({ scope: 'tidy', run: () => 1 })
  assert.deepEqual(
    scopesOf({
      identity: keys(['posts:publish', 'posts:write', 'count', 'tidy', 'auth.account:read', 'auth.keys:write']),
      posts: Posts.expose({ view: postView, operations: ['list', publish, hide] }),
      publish,
      hide,
      count,
      free,
      tidy,
    }),
    {
      publish: 'posts:publish',
      hide: 'posts:write',
      count: 'count',
      tidy: 'tidy',
      'auth.me': 'auth.account:read',
      'auth.keys.create': 'auth.keys:write',
      'auth.keys.rotate': 'auth.keys:write',
      'auth.keys.revoke': 'auth.keys:write',
    },
  )
})

test('a scope that opens nothing, and one that nobody declared, stop the start with what was probably meant', () => {
  const count = (scope: string) => route('GET /count', { scope, answers: () => ({ count: Posts.count() }) })
  const cases: readonly [Readonly<Record<string, unknown>>, string, RegExp, RegExp][] = [
    [
      { identity: keys(['post:read']), posts: posts() },
      'identity.apiKeys.scopes',
      /'post:read' opens no operation/,
      /'posts:read'/,
    ],
    [
      { identity: keys(['zebra']), posts: posts() },
      'identity.apiKeys.scopes',
      /'zebra' opens no/,
      /route\(…, \{ scope: 'zebra' \}\)/,
    ],
    [
      { identity: keys(['posts:read', 'count']), posts: posts(), count: count('cuont') },
      'count.scope',
      /no scope of API keys 'cuont'/,
      /'count'/,
    ],
    [
      { identity: keys(['posts:read']), posts: posts({ scope: 'psts' }) },
      'posts.scope',
      /no scope of API keys 'psts'/,
      /'posts'/,
    ],
    [
      { identity: Users.identity(), posts: posts(), count: count('count') },
      'count.scope',
      /there are no API keys/,
      /apiKeys: \{ scopes: \['count'\] \}/,
    ],
    [
      { identity: keys(['posts:read', 'auth.keys:write']), posts: posts(), count: count('auth.keys:write') },
      'count.scope',
      /begin with auth\./,
      /another name/,
    ],
    [
      { identity: keys(['posts:read', 'auth.keys:write']), posts: posts({ path: '/auth.keys' }) },
      'identity.apiKeys.scopes',
      /'posts:read' opens no/,
      /./,
    ],
  ]
  for (const [declared, place, message, hint] of cases) {
    const found = mistakes(declared).find((one) => one.place === place && message.test(one.message))
    assert.ok(found, `${message}: ${JSON.stringify(mistakes(declared))}`)
    assert.match(found.hint ?? '', hint)
  }
  const tighten = Posts.action({ set: () => ({ title: 'x' }), scope: 'posts:read' })
  const [writes] = mistakes({ identity: keys(['posts:read']), posts: posts(), tighten })
  assert.deepEqual([writes?.place, writes?.message], ['tighten.scope', "'posts:read' opens what writes"])
})

test('keys that are declared in a way that could not work are refused, with what to write', () => {
  const refused = (options: unknown) =>
    mistakes({ identity: Users.identity({ apiKeys: options as never }), posts: posts() })[0] ?? assert.fail('nothing')
  const cases: readonly [object, RegExp, RegExp][] = [
    [{ scopes: [] }, /there are no scopes/, /articles:read/],
    [{}, /there are no scopes/, /articles:read/],
    [{ scopes: ['posts read'] }, /"posts read" is no scope/, /letters/],
    [{ scopes: ['posts:read"'] }, /is no scope/, /letters/],
    [{ scopes: ['*'] }, /"\*" is no scope/, /letters/],
    [{ scopes: [7] }, /7 is no scope/, /letters/],
    [{ scopes: ['x'.repeat(61)] }, /is no scope/, /60/],
    [{ scopes: ['posts:read', 'posts:read'] }, /twice/, /once/],
    [{ scopes: ['posts:read'], prefix: 'My_App' }, /prefix/, /lower-case/],
    [{ scopes: ['posts:read'], max: '1y' }, /max is '1y'/, /90d/],
    [{ scopes: ['posts:read'], perAccount: 0 }, /perAccount is 0/, /1 to 1000/],
    [{ scopes: ['posts:read'], services: () => 'everybody' }, /services/, /./],
    [
      { scopes: ['posts:read'], services: ({ actor }: never) => (actor as { rolle: unknown }).rolle },
      /no field 'rolle'/,
      /role/,
    ],
  ]
  for (const [options, message, hint] of cases) {
    const said = refused(options)
    assert.match(`${said.place} ${said.message}`, message)
    assert.match(said.hint ?? 'nothing', hint, said.message)
  }
  const [routes] = mistakes({
    identity: Users.identity({ routes: false, apiKeys: { scopes: ['posts:read'] } }),
    posts: posts(),
  })
  assert.match(routes?.message ?? '', /nobody could make a key/)
})

test('a manifest from anywhere is held to the same: its scopes are those of its keys, and one that reads opens no write', () => {
  const manifest = linked({ identity: keys(['posts:read', 'posts:write']), posts: posts() })
  assert.deepEqual(readManifest(JSON.parse(JSON.stringify(manifest))), manifest)
  const changed = (name: string, scope: string) => ({
    ...manifest,
    operations: { ...manifest.operations, [name]: { ...manifest.operations[name], scope } },
  })
  const found = (name: string, scope: string) =>
    verify(changed(name, scope) as typeof manifest).map(({ place }) => place)
  assert.deepEqual(found('post.list', 'everything'), ['post.list.scope'])
  assert.deepEqual(found('post.create', 'posts:read'), ['post.create.scope'])
  const { apiKeys: _, ...identity } = manifest.identity ?? assert.fail('no identity')
  assert.ok(verify({ ...manifest, identity }).some(({ place }) => place === 'post.list.scope'))
})
