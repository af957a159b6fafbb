import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Expr } from '../../src/expr/expr.ts'
import { verify } from '../../src/manifest/verify.ts'
import { manifest as blog } from '../fixtures/blog/linked.ts'
import { actor, call, field, given, input, literal, small } from '../fixtures/small.ts'

/** Each mistake alone: its place, its code, and nothing else. Then all of them at once. */

// biome-ignore lint/suspicious/noExplicitAny: a manifest that is broken on purpose has no type
type Broken = any
type Expected = readonly (readonly [place: string, code: string])[]

const text = { kind: 'text' } as const
const boolean = { kind: 'boolean' } as const
const integer = { kind: 'integer' } as const
const copy = (): Broken => JSON.parse(JSON.stringify(small))
const found = (manifest: Broken): Expected => verify(manifest).map(({ place, code }) => [place, code] as const)
const yes = literal(true, boolean)

const mistakes: Record<string, readonly [Expected, (m: Broken) => void]> = {
  'class 30: a model without a policy': [[['tag.policy', 'missing-policy']], (m) => delete m.policies.tag],
  'a policy of no model': [[['tags.policy', 'unknown-model']], (m) => (m.policies.tags = { read: yes })],
  'class 24: a policy of a platform model': [
    [['bede_outbox.policy', 'reserved-name']],
    (m) => (m.policies.bede_outbox = { read: yes }),
  ],
  'an unknown field in a rule': [
    [['article.policy.read', 'unknown-model-field']],
    (m) => {
      m.policies.article.read = call('eq', field('athorId'), actor('id', { kind: 'ref', model: 'user' }))
    },
  ],
  'an unknown row': [
    [['article.policy.read', 'invalid-declaration']],
    (m) => {
      m.policies.article.read = call('isNull', field('id', 'other'))
    },
  ],
  'an unknown field of the actor': [
    [['article.policy.delete', 'unknown-model-field']],
    (m) => {
      m.policies.article.delete = call('eq', actor('rol', text), literal('x', text))
    },
  ],
  'an input in a rule, where there is none': [
    [['article.policy.delete', 'unknown-input']],
    (m) => {
      m.policies.article.delete = call('eq', field('title'), input(text, 'title'))
    },
  ],
  'a rule that is no condition': [
    [['article.policy.update', 'mismatched-type']],
    (m) => {
      m.policies.article.update.to = field('title')
    },
  ],
  'a field rule of no field': [
    [['user.policy.fields.mail', 'unknown-model-field']],
    (m) => {
      m.policies.user.fields.mail = { read: yes }
    },
  ],
  'class 15: ids of different models compared': [
    [['article.policy.delete', 'mismatched-type']],
    (m) => {
      m.policies.article.delete = call('eq', field('id'), actor('id', { kind: 'ref', model: 'user' }))
    },
  ],
  'text compared with a number': [
    [['article.policy.delete', 'mismatched-type']],
    (m) => {
      m.policies.article.delete = call('eq', field('title'), field('views'))
    },
  ],
  'a function of too few arguments': [
    [['article.policy.delete', 'mismatched-type']],
    (m) => {
      m.policies.article.delete = call('eq', field('title'))
    },
  ],
  'a literal that is not of its type': [
    [['article.policy.delete', 'mismatched-type']],
    (m) => {
      m.policies.article.delete = call('eq', field('views'), literal('1; drop', integer))
    },
  ],
  'a literal that is not one of the choices': [
    [['article.policy.delete', 'mismatched-type']],
    (m) =>
      (m.policies.article.delete = call('eq', field('status'), literal('gone', m.models.article.fields.status.type))),
  ],
  'a secret compared': [
    [['user.policy.read', 'mismatched-type']],
    (m) => {
      m.models.user.fields.password = { type: { kind: 'secret' }, column: 'password', optional: true }
      m.policies.user.read = call('eq', field('password'), field('password'))
    },
  ],
  'an unknown relation': [
    [['articleView', 'unknown-model-field']],
    (m) =>
      (m.views.articleView = {
        model: 'article',
        shape: {
          kind: 'list',
          from: { relation: { row: 'row', name: 'tag' }, as: 't' },
          item: shown(field('name', 't'), text),
        },
      }),
  ],
  'an unknown view': [
    [['article.author', 'unknown-view']],
    (m) => {
      m.views.article.shape.members.author.item.view = 'profil'
    },
  ],
  'a view of another model': [
    [['article.author', 'mismatched-type']],
    (m) => {
      m.views.article.shape.members.author.item.view = 'tagView'
      m.views.tagView = { model: 'tag', shape: shown(field('name'), text) }
    },
  ],
  'class 45: a view that shows itself': [
    [
      ['profile', 'recursive-view'],
      ['article', 'recursive-view'],
    ],
    (m) => {
      const item = { kind: 'view', view: 'article', row: 'a' }
      m.views.profile.shape.members.articles = {
        kind: 'list',
        from: { relation: { row: 'row', name: 'articles' }, as: 'a' },
        item,
      }
    },
  ],
  'a value declared as another type': [
    [['article.title', 'mismatched-type']],
    (m) => {
      m.views.article.shape.members.title.type = integer
    },
  ],
  'a secret shown': [
    [['profile.password', 'unreadable-field']],
    (m) => {
      m.models.user.fields.password = { type: { kind: 'secret' }, column: 'password', optional: true }
      m.views.profile.shape.members.password = { ...shown(field('password'), { kind: 'secret' }), nullable: true }
    },
  ],
  'class 6: a guarded field shown bare, under another name': [
    [['profile.contact', 'unreadable-field']],
    (m) => {
      m.views.profile.shape.members.contact = shown(call('lower', field('email')), text)
    },
  ],
  'a member no database can name': [
    [
      [`profile.${'x'.repeat(64)}`, 'invalid-name'],
      ['profile.__proto__', 'invalid-name'],
      ['profile.a\0b', 'invalid-name'],
    ],
    (m) => {
      const { members } = m.views.profile.shape
      for (const name of ['x'.repeat(64), '__proto__', 'a\0b'])
        Object.defineProperty(members, name, { value: shown(field('name'), text), enumerable: true })
    },
  ],
  'class 1: a private field in a filter': [
    [['article.list.answers.filter.mail', 'private-field']],
    (m) =>
      filter(m, 'mail', {
        kind: 'via',
        from: { relation: { row: 'row', name: 'author' }, as: 'a' },
        value: call('eq', field('email', 'a'), input(text, 'mail')),
      }),
  ],
  'class 2: a private field in a filter, four levels down': [
    [['article.list.answers.filter.mail', 'private-field']],
    (m) =>
      filter(
        m,
        'mail',
        call(
          'not',
          call(
            'or',
            call(
              'and',
              call('not', {
                kind: 'via',
                from: { relation: { row: 'row', name: 'author' }, as: 'a' },
                value: call('startsWith', call('lower', field('email', 'a')), input(text, 'mail')),
              }),
            ),
          ),
        ),
      ),
  ],
  'class 3: a private field as an order': [
    [['user.list.answers.sort.email', 'private-field']],
    (m) => {
      m.operations['user.list'] = page('user', { email: field('email') })
    },
  ],
  'class 130: a filter without an index': [
    [['article.list.answers.filter.note', 'missing-index']],
    (m) => filter(m, 'note', call('eq', field('note'), input(text, 'note'))),
  ],
  'class 130: an order without an index': [
    [['article.list.answers.sort.views', 'missing-index']],
    (m) => {
      m.operations['article.list'].answers.page.sort.views = field('views')
    },
  ],
  'an order that is computed': [
    [['article.list.answers.sort.words', 'missing-index']],
    (m) => {
      m.operations['article.list'].answers.page.sort.words = call('length', field('title'))
    },
  ],
  'a list without an end': [
    [['article.list.answers.limit', 'invalid-limit']],
    (m) => {
      m.operations['article.list'].answers.page.maxLimit = 100_000
    },
  ],
  'a page that is not at the top': [
    [['article.get.answers', 'invalid-declaration']],
    (m) => {
      m.operations['article.get'].answers.item = m.operations['article.list'].answers
    },
  ],
  'a value of no field': [
    [['publish.set.stat', 'unknown-model-field']],
    (m) => {
      m.operations.publish.write.set.stat = literal('published', text)
    },
  ],
  'a value of another type': [
    [['publish.set.publishedAt', 'mismatched-type']],
    (m) => {
      m.operations.publish.write.set.publishedAt = literal('now', text)
    },
  ],
  'null where a value is needed': [
    [['publish.set.title', 'mismatched-type']],
    (m) => {
      m.operations.publish.write.set.title = literal(null, text)
    },
  ],
  'an id changed': [[['publish.set.id', 'immutable-field']], (m) => (m.operations.publish.write.set.id = field('id'))],
  'an immutable field changed': [
    [['publish.set.createdAt', 'immutable-field']],
    (m) => (m.operations.publish.write.set.createdAt = { kind: 'now' }),
  ],
  'class 22: a value that the server makes, taken from callers': [
    [['article.create.values.authorId', 'server-made-field']],
    (m) => {
      m.operations['article.create'].input.authorId = { type: { kind: 'ref', model: 'user' } }
      m.operations['article.create'].write.values.authorId = input({ kind: 'ref', model: 'user' }, 'authorId')
    },
  ],
  'a create that is never complete': [
    [['article.create.title', 'incomplete-write']],
    (m) => delete m.operations['article.create'].write.values.title,
  ],
  'a create that is not always complete': [
    [['article.create.title', 'incomplete-write']],
    (m) => {
      m.operations['article.create'].write.values.title = given(['title'], input(text, 'title'))
    },
  ],
  'children by no relation': [
    [['article.create.children.tag', 'unknown-model-field']],
    (m) => {
      const { write } = m.operations['article.create']
      write.children = { tag: write.children.tags }
    },
  ],
  'an upsert by no unique': [
    [['user.upsert.exists', 'missing-index']],
    (m) => {
      m.operations['user.upsert'].write.exists.key = ['role']
    },
  ],
  'items of no array': [
    [
      ['tag.createMany.each', 'unknown-input'],
      ['tag.createMany.values.name', 'invalid-declaration'],
      ['tag.createMany.values.articleId', 'invalid-declaration'],
    ],
    (m) => {
      m.operations['tag.createMany'].write.each.path = ['item']
    },
  ],
  'an unknown event': [
    [['publish.emits.article.publish', 'unknown-event']],
    (m) => {
      m.operations.publish.write.emits[0].event = 'article.publish'
    },
  ],
  'an event without a member': [
    [['publish.emits.article.published.articleId', 'incomplete-write']],
    (m) => {
      m.operations.publish.write.emits[0].payload = {}
    },
  ],
  'class 11: a secret in an event': [
    [
      ['publish.emits.article.published.secret', 'unreadable-field'],
      ['publish.emits.article.published.secret', 'unknown-input'],
    ],
    (m) => {
      m.models.article.fields.key = { type: { kind: 'secret' }, column: 'key', optional: true }
      m.operations.publish.write.emits[0].payload.secret = field('key')
    },
  ],
  'an unknown input': [
    [['article.get.answers', 'unknown-input']],
    (m) =>
      (m.operations['article.get'].answers.from.where = call(
        'eq',
        field('id'),
        input({ kind: 'id', model: 'article' }, 'di'),
      )),
  ],
  'an input used as another type': [
    [['article.get.answers', 'mismatched-type']],
    (m) => {
      m.operations['article.get'].input.id.type = text
    },
  ],
  'a handler’s rule about a row': [
    [['run.allow', 'invalid-declaration']],
    (m) => {
      m.operations.run = { kind: 'invoke', auth: 'optional', input: {}, allow: call('isNull', field('id')) }
    },
  ],
  'two operations at one address': [
    [['b', 'duplicate-name']],
    (m) => Object.assign(m.operations, { a: at('GET', '/a/:id', ['id']), b: at('GET', '/a/:other', ['id'], 'other') }),
  ],
  'a path parameter that goes nowhere': [
    [
      ['a', 'invalid-address'],
      ['a', 'invalid-address'],
    ],
    (m) =>
      (m.operations.a = {
        ...at('GET', '/a/:id', ['id']),
        http: { method: 'GET', path: '/a/:id', params: {}, query: {} },
      }),
  ],
  'an input that no request brings': [
    [['a', 'invalid-address']],
    (m) => {
      m.operations.a = { ...at('GET', '/a/:id', ['id']), input: { id: { type: text }, other: { type: text } } }
    },
  ],
  'the platform’s own path': [[['a', 'reserved-name']], (m) => (m.operations.a = at('GET', '/health/:id', ['id']))],
  'a model named like the platform’s': [
    [['bede_mine', 'reserved-name']],
    (m) => {
      m.models.bede_mine = {
        ...m.models.tag,
        table: 'bede_mine',
        fields: { ...m.models.tag.fields, id: { ...m.models.tag.fields.id, type: { kind: 'id', model: 'bede_mine' } } },
      }
      m.policies.bede_mine = {}
    },
  ],
  'class 74: names of JavaScript’s own objects': [
    [
      ['constructor', 'invalid-name'],
      ['toString', 'invalid-name'],
    ],
    (m) => {
      m.operations.constructor = { kind: 'invoke', auth: 'optional', input: {} }
      m.operations.toString = { kind: 'invoke', auth: 'optional', input: {} }
    },
  ],
  'a column that every table has': [
    [['tag.extra', 'reserved-name']],
    (m) => {
      m.models.tag.fields.extra = { type: text, column: 'ctid', optional: true }
    },
  ],
  'two fields in one column': [
    [['tag.extra', 'duplicate-name']],
    (m) => {
      m.models.tag.fields.extra = { type: text, column: 'name', optional: true }
    },
  ],
  'two models in one table': [
    [['label', 'duplicate-name']],
    (m) => {
      m.models.label = {
        ...m.models.tag,
        fields: { ...m.models.tag.fields, id: { ...m.models.tag.fields.id, type: { kind: 'id', model: 'label' } } },
      }
      m.policies.label = {}
    },
  ],
  'class 67: a table name of 64 bytes': [[['tag', 'invalid-name']], (m) => (m.models.tag.table = 'é'.repeat(32))],
  'a ref to no model': [
    [['tag.extra', 'unknown-model']],
    (m) => (m.models.tag.fields.extra = { type: { kind: 'ref', model: 'articel' }, column: 'extra', optional: true }),
  ],
  'a ref of integers to UUIDs': [
    [['tag.extra', 'mismatched-type']],
    (m) =>
      (m.models.tag.fields.extra = {
        type: { kind: 'ref', model: 'article', integer: true },
        column: 'extra',
        optional: true,
      }),
  ],
  'a relation through another model’s ref': [
    [['article.likes', 'mismatched-type']],
    (m) => {
      m.models.article.relations.likes = { kind: 'many', model: 'favorite', field: 'userId' }
    },
  ],
  'class 69: a default of another type': [
    [['article.views', 'invalid-default']],
    (m) => {
      m.models.article.fields.views.default = { kind: 'value', value: '0; drop table article' }
    },
  ],
  'a default that is not one of the choices': [
    [['article.status', 'invalid-default']],
    (m) => {
      m.models.article.fields.status.default = { kind: 'value', value: 'gone' }
    },
  ],
  'a renamed choice whose earlier name is still one': [
    [['article.status', 'invalid-declaration']],
    (m) => {
      m.models.article.fields.status.wasValues = { published: 'draft' }
    },
  ],
  'a renamed choice that is none': [
    [['article.status', 'invalid-declaration']],
    (m) => {
      m.models.article.fields.status.wasValues = { live: 'hidden' }
    },
  ],
  'choices renamed where there are none': [
    [['article.title', 'invalid-declaration']],
    (m) => {
      m.models.article.fields.title.wasValues = { a: 'b' }
    },
  ],
  'a default from an unknown field of the actor': [
    [['article.authorId', 'invalid-default']],
    (m) => {
      m.models.article.fields.authorId.default = { kind: 'actor', field: 'uid' }
    },
  ],
  'limits that nothing meets': [[['article.title', 'invalid-limit']], (m) => (m.models.article.fields.title.min = 200)],
  'a limit of another kind': [
    [['article.views', 'invalid-limit']],
    (m) => (m.models.article.fields.views.max = 'many'),
  ],
  'class 127: a pattern that can take for ever': [
    [['article.title', 'dangerous-pattern']],
    (m) => {
      m.models.article.fields.title.pattern = '^(\\w+\\s?)*$'
    },
  ],
  'class 128: a pattern that does not compile': [
    [['article.create.input.title', 'dangerous-pattern']],
    (m) => (m.operations['article.create'].input.title.pattern = '(a'),
  ],
  'a check about other rows': [
    [['article.check.article_views_check', 'invalid-declaration']],
    (m) =>
      (m.models.article.checks[0].expr = {
        kind: 'none',
        from: { relation: { row: 'row', name: 'tags' }, as: 't' },
        where: yes,
      }),
  ],
  'a check about who asks': [
    [['article.check.article_views_check', 'invalid-declaration']],
    (m) =>
      (m.models.article.checks[0].expr = call('eq', field('authorId'), actor('id', { kind: 'ref', model: 'user' }))),
  ],
  'an actor that names no account': [
    [
      ['bede_session.policy', 'reserved-name'],
      ['actor.id', 'mismatched-type'],
    ],
    (m) => {
      m.actor.fields.id.type = { kind: 'ref', model: 'tag' }
      quiet(m)
    },
  ],
}

const shown = (expr: Expr, type: { kind: string }) => ({ kind: 'value', expr, type })

const filter = (m: Broken, name: string, condition: Expr): void => {
  const list = m.operations['article.list']
  list.input[name] = { type: text, optional: true }
  list.answers.from.where.args.push(given([name], condition))
}

const page = (model: string, sort: Record<string, Expr>) => ({
  kind: 'read',
  auth: 'optional',
  input: {},
  answers: {
    kind: 'page',
    from: { model, as: 'row' },
    item: shown(field('name'), text),
    page: { sort, defaultSort: 'id', defaultLimit: 20, maxLimit: 100 },
  },
})

const at = (method: string, path: string, target: string[], name = 'id') => ({
  kind: 'invoke',
  auth: 'optional',
  input: { id: { type: text } },
  http: { method, path, params: { [name]: target }, query: {} },
})

/** Takes out what else speaks of the actor's id. */
const quiet = (m: Broken): void => {
  for (const name of Object.keys(m.policies)) m.policies[name] = { read: yes }
  m.models.article.fields.authorId.default = undefined
  m.models.favorite.fields.userId.default = undefined
  m.operations = {}
  m.views = {}
}

test('the hand-written manifest and the linked one have no mistakes', () => {
  assert.deepEqual(verify(small), [])
  assert.deepEqual(verify(blog), [])
})

for (const [name, [expected, breakIt]] of Object.entries(mistakes)) {
  test(`${name} is a mistake with a place`, () => {
    const manifest = copy()
    breakIt(manifest)
    assert.deepEqual(found(manifest), expected)
  })
}

test('all mistakes are found at once, each with its place, a sentence and mostly a hint', () => {
  const manifest = copy()
  const alone = [
    'class 30: a model without a policy',
    'text compared with a number',
    'an unknown view',
    'a value of no field',
    'class 130: a filter without an index',
    'class 127: a pattern that can take for ever',
  ]
  for (const name of alone) mistakes[name]![1](manifest)
  const details = verify(manifest)
  const places = alone.flatMap((name) => mistakes[name]![0].map(([place]) => place))
  assert.deepEqual(details.map(({ place }) => place).sort(), places.sort())
  for (const { message } of details) assert.match(message, /\w{3,} /)
  assert.equal(details.find(({ place }) => place === 'article.author')?.hint, "Perhaps you meant 'profile'.")
  assert.match(details.find(({ code }) => code === 'missing-index')?.hint ?? '', /index: \[\['note'\]\]/)
})
