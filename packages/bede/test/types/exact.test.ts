import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Answer,
  type Answerable,
  and,
  array,
  bigint,
  bool,
  bytes,
  coalesce,
  concat,
  type Db,
  decimal,
  defineSchema,
  duration,
  float,
  greatest,
  type Id,
  type InputOfAction,
  id,
  integer,
  json,
  many,
  model,
  one,
  point,
  type ResultOfAction,
  type Route,
  ref,
  resources,
  type SystemActor,
  secret,
  text,
  time,
  timestamp,
  type View,
  vector,
  when,
} from '../../src/index.ts'
import type { PlainCreate, PlainSet } from '../../src/model/writes.ts'
import type { getArticle, listArticles, listTags, postArticle, removeArticle } from '../fixtures/blog/api.ts'
import { Articles, Comments, type models, type Users } from '../fixtures/blog/models.ts'
import {
  type accountView,
  articleView,
  type createArticle,
  type deleteComment,
  publish,
} from '../fixtures/blog/services.ts'

/** True only for types that are the same, `readonly` and `?` included. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(equal: Equal<A, B>): void => assert.equal(equal, true)

type OfView<V> =
  V extends View<never, never, infer T>
    ? T
    : V extends { maybe(where: never): Answerable<infer T> }
      ? Exclude<T, null>
      : never
type OfRoute<R> = R extends Route<infer T> ? T : never

interface Profile {
  username: string
  bio: string | null
  image: string | null
  following: boolean
}

test('views answer exactly what they say', () => {
  same<OfView<typeof articleView>['author'], Profile>(true)
  same<OfView<typeof articleView>['tagList'], string[]>(true)
  same<OfView<typeof articleView>['favoritesCount'], number>(true)
  same<OfView<typeof articleView>['favorited'], boolean>(true)
  same<OfView<typeof accountView>['email'], string | null>(true)
  same<OfView<typeof accountView>['id'], Id<'user'>>(true)
})

test('routes answer exactly what they say', () => {
  same<keyof OfRoute<typeof getArticle>, 'article'>(true)
  same<OfRoute<typeof listTags>, { tags: string[] }>(true)
  same<OfRoute<typeof listArticles>['articlesCount'], number>(true)
  same<OfRoute<typeof postArticle>['article'], OfView<typeof articleView>>(true)
  same<OfRoute<typeof removeArticle>, undefined>(true)
})

test('actions take and answer exactly what they say', () => {
  same<keyof InputOfAction<typeof publish>, 'id' | 'notify'>(true)
  same<keyof InputOfAction<typeof createArticle>, 'title' | 'description' | 'body' | 'tagList'>(true)
  same<ResultOfAction<typeof createArticle>, OfView<typeof articleView>>(true)
  same<ResultOfAction<typeof deleteComment>, undefined>(true)
  type Call = Parameters<(typeof createArticle)['with']>[0]
  const call: Call = { title: 'a', body: 'b' }
  const full: Call = { title: 'a', body: 'b', description: 'c', tagList: ['d'] }
  assert.deepEqual(Object.keys(full).length - Object.keys(call).length, 2)
})

test('whose a row is comes from the actor: nobody has to give it, and nobody changes it', () => {
  const organization = model({ id: id<'organization'>() })
  const note = model(
    { id: id<'note'>(), organizationId: ref('organization'), title: text() },
    { tenant: 'organizationId', softDelete: true },
  )
  const schema = defineSchema({ organization, note })
  type All = typeof schema
  same<keyof PlainSet<All, 'note'>, 'title'>(true)
  const made: PlainCreate<All, 'note'> = { title: 'a' }
  // @ts-expect-error: what is written by the platform alone
  const gone: PlainCreate<All, 'note'> = { title: 'a', deletedAt: null }
  assert.deepEqual([made.organizationId, gone.title], [undefined, 'a'])
  const { note: Notes } = resources<All, Record<never, never>>(schema, {})
  const view = Notes.view(({ row }) => ({ organization: row.organizationId, deletedAt: row.deletedAt }))
  same<OfView<typeof view>, { organization: Id<'organization'>; deletedAt: string | null }>(true)
})

const thing = model({
  id: id<'thing'>(),
  name: text(),
  note: text({ optional: true }),
  count: integer({ default: 0 }),
  total: bigint(),
  price: decimal({ optional: true }),
  weight: float(),
  open: bool({ optional: true }),
  at: timestamp(),
  opens: time(),
  takes: duration(),
  labels: array(text()),
  settings: json<{ readonly dark: boolean }>(),
  extra: json<{ readonly size: number }>({ optional: true }),
  blob: bytes(),
  key: secret({ optional: true }),
  parentId: ref('thing', { optional: true }),
  parent: one('parentId'),
  ownerId: ref('owner', { integer: true }),
  owner: one('ownerId'),
  children: many('thing', 'parentId'),
})
const owner = model({ id: id<'owner'>({ integer: true }), name: text() })
const schema = defineSchema({ thing, owner })
interface Things extends Readonly<typeof schema> {}
const { thing: Things, owner: Owners } = resources<Things, { readonly id: typeof thing.fields.ownerId }>(schema, {
  id: thing.fields.ownerId,
})

test('every kind of expression has its type in JSON', () => {
  const ownerView = Owners.view(({ row }) => ({ id: row.id }))
  const view = Things.view(({ row, actor, now }) => ({
    id: row.id,
    note: row.note,
    count: row.count,
    total: row.total,
    price: row.price,
    open: row.open,
    labels: row.labels,
    settings: row.settings,
    extra: row.extra,
    blob: row.blob,
    parentId: row.parentId,
    ownerId: row.ownerId,
    ownerName: row.owner.name,
    parentName: row.parent.name,
    grandparent: row.parent.parent.owner.name,
    parentOwner: ownerView.of(row.parent.owner),
    childNames: row.children.list((child) => child.name),
    parentChildren: row.parent.children.list((child) => child.name),
    first: row.children.first((child) => ({ name: child.name })),
    most: row.children.max((child) => child.at),
    sum: row.children.sum((child) => child.total),
    mean: row.children.avg((child) => child.count),
    meanPrice: row.children.avg((child) => child.price),
    size: when(row.count.gt(3), 'big').when(row.count.gt(1), 'middle').otherwise('small'),
    maybeSize: when(row.count.gt(3), row.count).otherwise(null),
    label: concat(row.name, ' ', row.count),
    noted: concat(row.name, row.note),
    sure: row.note.orElse('-'),
    either: coalesce(row.note, row.name.lower()),
    latest: greatest(row.at, now),
    length: row.note.length(),
    half: row.count.dividedBy(2),
    age: now.since(row.at),
    year: row.at.part('year'),
    day: row.at.toDate(),
    mine: row.ownerId.eq(actor.id),
    me: actor.id,
    fine: and(row.open, row.count.gt(1)),
    nested: { deep: { name: row.name } },
  }))
  type T = OfView<typeof view>
  same<T['id'], Id<'thing'>>(true)
  same<T['note'], string | null>(true)
  same<T['count'], number>(true)
  same<T['total'], string>(true)
  same<T['price'], string | null>(true)
  same<T['open'], boolean | null>(true)
  same<T['labels'], readonly string[]>(true)
  same<T['settings'], { readonly dark: boolean }>(true)
  same<T['extra'], { readonly size: number } | null>(true)
  same<T['blob'], string>(true)
  same<T['parentId'], Id<'thing'> | null>(true)
  same<T['ownerId'], Id<'owner', number>>(true)
  same<T['ownerName'], string>(true)
  same<T['parentName'], string | null>(true)
  same<T['grandparent'], string | null>(true)
  same<T['parentOwner'], { id: Id<'owner', number> } | null>(true)
  same<T['childNames'], string[]>(true)
  same<T['parentChildren'], string[] | null>(true)
  same<T['first'], { name: string } | null>(true)
  same<T['most'], string | null>(true)
  same<T['sum'], string | null>(true)
  same<T['mean'], number | null>(true)
  same<T['meanPrice'], string | null>(true)
  same<T['size'], 'big' | 'middle' | 'small'>(true)
  same<T['maybeSize'], number | null>(true)
  same<T['label'], string>(true)
  same<T['noted'], string | null>(true)
  same<T['sure'], string>(true)
  same<T['either'], string | null>(true)
  same<T['latest'], string>(true)
  same<T['length'], number | null>(true)
  same<T['half'], number | null>(true)
  same<T['age'], string>(true)
  same<T['year'], number>(true)
  same<T['day'], string>(true)
  same<T['mine'], boolean>(true)
  same<T['me'], Id<'owner', number> | null>(true)
  same<T['fine'], boolean>(true)
  same<T['nested'], { deep: { name: string } }>(true)
})

test('a handler’s db gives exactly what it was asked for', () => {
  // Only the compiler runs it.
  const handler = async (db: Db, id: Id<'article'>) => {
    const found = await db.run(Articles.view(({ row }) => ({ id: row.id })).maybe((a) => a.id.eq(id)))
    same<typeof found, { id: Id<'article'> } | null>(true)
    const count = await db.run(Articles.count((a) => a.pinned))
    same<typeof count, number>(true)
    const titles = await db.run(Articles.list((a) => a.title))
    same<typeof titles, string[]>(true)
    const published = await db.run(publish.with({ id }))
    same<typeof published, OfView<typeof articleView>>(true)
    const made = await db.create(Comments, { articleId: id, body: 'x' })
    same<typeof made, { readonly id: Id<'comment', number> }>(true)
    const seen = await db.update(Articles, id, { title: 'x', publishedAt: null }, articleView)
    same<typeof seen, OfView<typeof articleView>>(true)
    const system = db.as({} as SystemActor)
    same<typeof system, Db>(true)
    // @ts-expect-error: a comment is not an article
    await db.delete(Articles, made.id)
    // @ts-expect-error: it is misspelt
    await db.update(Articles, id, { titel: 'x' })
    // @ts-expect-error: it has no body
    await db.create(Comments, { articleId: id })
    // @ts-expect-error: the id of an article
    await db.run(publish.with({ id: made.id }))
  }
  assert.equal(handler.length, 2)
})

test('an input that may be left out is shown as null', () => {
  const action = Things.action({
    input: { note: text({ optional: true }), size: integer({ default: 1 }) },
    set: ({ input }) => ({ note: input.note }),
    answers: ({ input, row }) => ({ note: input.note, size: input.size, id: row.id }),
  })
  same<ResultOfAction<typeof action>, { note: string | null; size: number; id: Id<'thing'> }>(true)
})

test('the schema keeps its models as they were declared', () => {
  same<keyof typeof models, 'user' | 'article' | 'tag' | 'favorite' | 'follow' | 'comment'>(true)
  same<Answer<ReturnType<typeof Articles.count>>, number>(true)
  same<Answer<ReturnType<typeof Comments.one>['id']>, Id<'comment', number>>(true)
  same<Answer<ReturnType<typeof Users.maybe>['username']>, string | null>(true)
})

test('a schema gives the type of a document, and of the paths into it', () => {
  const desk = model(
    {
      id: id<'desk'>(),
      settings: json({
        schema: {
          type: 'object',
          required: ['theme'],
          properties: {
            theme: { enum: ['dark', 'light'] },
            size: { type: ['number', 'null'] },
            ui: { type: 'object', properties: { open: { type: 'boolean' } } },
            marks: { type: 'array', items: { type: 'string' } },
          },
        },
        optional: true,
      }),
      plain: json<{ readonly size?: number }>({ schema: { type: 'object' } }),
    },
    { index: [['settings.theme'], ['settings.ui.open', 'id'], ['plain.size']] },
  )
  const desks = defineSchema({ desk })
  const { desk: Desks } = resources<typeof desks, object>(desks, {})
  const view = Desks.view(({ row }) => ({
    settings: row.settings,
    theme: row.settings.at('theme'),
    size: row.settings.at('size').orElse(1),
    open: row.settings.at('ui').at('open'),
    marks: row.settings.at('marks'),
  }))
  type Shown = OfView<typeof view>
  same<Shown['theme'], 'dark' | 'light' | null>(true)
  same<Shown['size'], number>(true)
  same<Shown['open'], boolean | null>(true)
  same<Shown['marks'], readonly string[] | null>(true)
  same<NonNullable<Shown['settings']>['theme'], 'dark' | 'light'>(true)
  same<NonNullable<Shown['settings']>['size'], number | null | undefined>(true)
  same<null extends Shown['settings'] ? true : false, true>(true)
  Desks.policy(({ row }) => ({
    // @ts-expect-error: there is no such theme
    read: row.settings.at('theme').eq('blue'),
    // @ts-expect-error: the schema does not know it
    create: row.settings.at('other').isNull(),
    // @ts-expect-error: text is no number
    delete: row.settings.at('theme').gt(1),
  }))
  Desks.action({
    set: ({ row }) => ({ settings: row.settings.with('theme', 'dark').without('size') }),
  })
  // @ts-expect-error: a size is a number
  Desks.action({ set: ({ row }) => ({ settings: row.settings.with('size', 'big') }) })
  // @ts-expect-error: the schema does not know it
  model({ id: id<'desk'>(), settings: desk.fields.settings }, { index: [['settings.other']] })
})

test('a place and how far it is have exact types', () => {
  const shop = model({ id: id<'shop'>(), place: point(), exit: point({ optional: true }) })
  const models = defineSchema({ shop })
  const { shop: Shops } = resources<typeof models, object>(models, {})
  const view = Shops.view(({ row }) => ({
    place: row.place,
    exit: row.exit,
    door: row.exit.orElse(row.place),
    far: row.place.distance({ lat: 1, lon: 2 }),
    out: row.exit.distance(row.place),
    near: row.exit.within(row.place, 500),
    there: row.exit.isNotNull(),
  }))
  type T = OfView<typeof view>
  type Place = { readonly lat: number; readonly lon: number }
  same<T['place']['lat'], number>(true)
  same<T['place'] extends Place ? true : false, true>(true)
  same<null extends T['exit'] ? true : false, true>(true)
  same<null extends T['door'] ? true : false, false>(true)
  same<T['far'], number>(true)
  same<T['out'], number | null>(true)
  same<T['near'], boolean>(true)
  same<T['there'], boolean>(true)
})

test('a vector and its distances have exact types', () => {
  const note = model({
    id: id<'note'>(),
    like: vector({ dimensions: 3 }),
    other: vector({ dimensions: 3, optional: true }),
  })
  const models = defineSchema({ note })
  const { note: Notes } = resources<typeof models, object>(models, {})
  const view = Notes.view(({ row }) => ({
    like: row.like,
    other: row.other,
    either: row.other.orElse(row.like),
    cosine: row.like.cosineDistance([1, 2, 3]),
    far: row.like.l2Distance(row.other),
    inner: row.other.innerProduct(row.like),
    there: row.other.isNotNull(),
  }))
  type T = OfView<typeof view>
  same<T['like'], readonly number[]>(true)
  same<T['other'], readonly number[] | null>(true)
  same<T['either'], readonly number[]>(true)
  same<T['cosine'], number | null>(true)
  same<T['far'], number | null>(true)
  same<T['inner'], number | null>(true)
  same<T['there'], boolean>(true)
  // @ts-expect-error: a distance is to a vector
  Notes.view(({ row }) => ({ far: row.like.l2Distance('[1,2,3]') }))
  // @ts-expect-error: vectors have no order
  Notes.view(({ row }) => ({ least: row.like.lt([1, 2, 3]) }))
})
