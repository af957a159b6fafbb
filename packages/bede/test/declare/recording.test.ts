import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureOf } from '../../src/declare/failed.ts'
import { recordedOf } from '../../src/declare/recorded.ts'
import { shapeOf } from '../../src/declare/shape.ts'
import {
  and,
  anyone,
  concat,
  given,
  isProblem,
  not,
  or,
  type Problem,
  type Row,
  signedIn,
  text,
  when,
} from '../../src/index.ts'
import { Articles, type Blog, Comments, Follows, Tags, Users } from '../fixtures/blog/models.ts'

/** The Problem that `step` throws. */
const refused = (step: () => unknown): Problem => {
  try {
    const declaration = step()
    const failure = typeof declaration === 'object' && declaration !== null ? failureOf(declaration) : undefined
    if (failure !== undefined) return failure
  } catch (error) {
    if (isProblem(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

/** The recorded form of one member of a view of an article. */
const article = (step: (row: Row<Blog, 'article'>) => unknown): unknown => {
  const view = Articles.view(({ row }) => ({ it: step(row) as never }))
  return (view as unknown as { shape: { members: { it: unknown } } }).shape.members.it
}

test('a value takes the type of what it meets', () => {
  assert.deepEqual(
    article((row) => row.status.eq('draft')),
    {
      kind: 'value',
      expr: {
        kind: 'call',
        fn: 'eq',
        args: [
          { kind: 'field', row: 'row', field: 'status' },
          { kind: 'literal', value: 'draft', type: { kind: 'choice', choices: ['draft', 'published'] } },
        ],
      },
      type: { kind: 'boolean' },
    },
  )
})

test('a condition that may be unknown is false where it is shown, and stays unknown where it is asked', () => {
  const shown = article((row) => row.publishedAt.gt('2026-01-01T00:00:00Z')) as {
    expr: { fn: string }
    nullable?: true
  }
  assert.equal(shown.expr.fn, 'coalesce')
  assert.equal(shown.nullable, undefined)
  const policy = Articles.policy(({ row }) => ({ read: row.publishedAt.gt('2026-01-01T00:00:00Z') }))
  assert.equal((policy as unknown as { rules: { read: { fn: string } } }).rules.read.fn, 'gt')
})

test('a required row that is read through takes the row above it away when it is not there', () => {
  assert.deepEqual(
    article((row) => row.author.username),
    {
      kind: 'one',
      from: { relation: { row: 'row', name: 'author' }, as: 'author' },
      item: { kind: 'value', expr: { kind: 'field', row: 'author', field: 'username' }, type: { kind: 'text' } },
    },
  )
  const inside = article((row) => concat(row.author.username, '!')) as {
    kind: string
    item: { expr: { kind: string } }
  }
  assert.equal(inside.kind, 'one')
  assert.equal(inside.item.expr.kind, 'call')
})

test('sources inside one declaration have variables of their own', () => {
  const both = Articles.view(({ row }) => ({
    a: row.tags.some((t) => t.name.eq('a')),
    b: row.tags.some((t) => t.name.eq('b')),
    c: row.comments.count((c) => c.author.followers.some((f) => f.followerId.eq(c.authorId))),
  }))
  const names = [...JSON.stringify((both as unknown as { shape: unknown }).shape).matchAll(/"as":"([^"]+)"/g)].map(
    (match) => match[1],
  )
  assert.deepEqual(names, [...new Set(names)])
})

test('a condition that was built and is not part of the answer is refused', () => {
  const lost = refused(() =>
    Articles.policy(({ row, actor }) => ({ read: row.status.eq('draft') && row.authorId.eq(actor.id) })),
  )
  assert.equal(lost.code, 'lost-condition')
  assert.deepEqual(
    lost.details.map(({ place, code, message }) => ({ place, code, message })),
    [{ place: 'article.policy', code: 'lost-condition', message: 'row.status.eq("draft") was built and then dropped' }],
  )
  assert.match(lost.details[0]?.hint ?? '', /and\(a, b\)/)
  const inner = refused(() =>
    Articles.view(({ row }) => ({ x: row.tags.some((t) => t.name.eq('a') && t.name.eq('b')) })),
  )
  assert.match(inner.details[0]?.message ?? '', /tag\.name\.eq\("a"\)/)
  const action = refused(() =>
    Articles.action({ where: ({ row }) => row.status.eq('draft') && row.title.eq('x'), set: () => ({ title: 'y' }) }),
  )
  assert.equal(action.code, 'lost-condition')
  assert.doesNotThrow(() =>
    Articles.policy(({ row, actor }) => ({ read: and(row.status.eq('draft'), row.authorId.eq(actor.id)) })),
  )
})

test('JavaScript’s own true and false are no conditions', () => {
  for (const read of [true, false, undefined === null]) {
    const problem = refused(() => Articles.policy(() => ({ read: read as never })))
    assert.match(problem.hint ?? '', /anyone, signedIn or nobody/)
  }
  assert.doesNotThrow(() => Articles.policy(() => ({ read: or(anyone, signedIn), create: not(signedIn) })))
})

test('a name that is not there says which was meant', () => {
  const field = refused(() =>
    Articles.view(({ row }) => ({ t: (row as never as Record<string, never>).titel as never })),
  )
  assert.equal(field.code, 'unknown-model-field')
  assert.equal(field.hint, "Perhaps you meant 'title'.")
  const input = refused(() =>
    Articles.action({
      input: { title: text() },
      set: ({ input }) => ({ title: (input as never as Record<string, never>).titel as never }),
    }),
  )
  assert.equal(input.hint, "Perhaps you meant 'title'.")
  const written = refused(() => Articles.action({ set: () => ({ titel: 'x' }) as never }))
  assert.equal(written.hint, "Perhaps you meant 'title'.")
})

test('conditionals and given record their branches', () => {
  const size = recordedOf(Tags.count())
  assert.equal(size.type.kind, 'integer')
  const shape = article((row) => when(row.pinned, 'top').when(row.status.eq('draft'), 'draft').otherwise(null)) as {
    expr: { kind: string; branches: unknown[] }
    nullable: true
  }
  assert.equal(shape.expr.kind, 'case')
  assert.equal(shape.expr.branches.length, 2)
  assert.equal(shape.nullable, true)
  const wrong = refused(() => Articles.view(({ row }) => ({ x: given(row.title, (title) => title.eq('a')) })))
  assert.match(wrong.message, /asks whether an input was sent/)
})

test('aggregates, lists and the first of them', () => {
  const view = Users.view(({ row }) => ({
    latest: row.articles.max((a) => a.createdAt),
    words: row.articles.sum((a) => a.title.length()),
    titles: row.articles.list((a) => a.title, {
      where: (a) => a.pinned,
      order: (a) => [a.createdAt.desc(), a.title.asc()],
      limit: 3,
      offset: 1,
    }),
    first: row.articles.first((a) => ({ title: a.title })),
  }))
  const { members } = (
    view as unknown as {
      shape: { members: Record<string, { kind: string; from: { limit: unknown; order: unknown[] }; nullable?: true }> }
    }
  ).shape
  assert.equal(members.latest?.nullable, true)
  assert.equal(members.titles?.kind, 'list')
  assert.deepEqual(members.titles?.from.limit, { kind: 'literal', value: 3, type: { kind: 'integer' } })
  assert.equal(members.titles?.from.order.length, 2)
  assert.deepEqual(members.first?.from.limit, { kind: 'literal', value: 1, type: { kind: 'integer' } })
  assert.equal(members.first?.nullable, true)
})

test('a query outside a declaration is recorded on its own', () => {
  const query = shapeOf(
    Comments.list((c) => c.body, { where: (c) => c.article.author.followers.some((f) => f.followerId.eq(c.authorId)) }),
  )
  assert.equal(query.kind, 'list')
  assert.throws(() => Follows.count((f) => f.followee.username.eq('a') && f.follower.username.eq('b')), {
    code: 'lost-condition',
  })
})
