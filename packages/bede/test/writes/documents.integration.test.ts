import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ActorOf,
  type App,
  anyone,
  app,
  decimal,
  defineSchema,
  float,
  id,
  isProblem,
  json,
  link,
  model,
  resources,
  text,
} from '../../src/index.ts'
import { office, settings } from './support/places.ts'
import { planOf } from './support/plan.ts'
import { actorOf, ended, idOf, refused, running, times } from './support/running.ts'

const ann = actorOf(1)

for (const { store, run } of await running(office(), ['desk'])) {
  const options = { skip: store.skip }
  const on = async () => {
    const running = await run()
    await running.rows(`insert into person (id, name) values ('${idOf(1)}', 'ann') on conflict do nothing`)
    await running.rows('delete from desk')
    return running
  }
  type On = Awaited<ReturnType<typeof on>>
  const desk = async (running: On, name: string, settings: object): Promise<string> =>
    (await running.as(ann, 'desk.create', { data: { name, settings } })).json.id

  test(
    `${store.name}: members of a document are read by their types, and are null where they are missing`,
    options,
    async () => {
      const running = await on()
      const id = await desk(running, 'a', {
        theme: 'dark',
        beta: false,
        size: 2.5,
        ui: { columns: 3, title: null },
        marks: ['x', 'ü'],
      })
      const { json } = await running.as(ann, 'desk.get', { id })
      assert.equal(json.theme, 'dark')
      assert.equal(json.dark, true)
      assert.equal(json.beta, false)
      assert.equal(json.size, 5)
      assert.equal(json.columns, 3)
      assert.deepEqual(json.marks, ['x', 'ü'])
      const empty = (await running.as(ann, 'desk.get', { id: await desk(running, 'b', {}) })).json
      assert.deepEqual(
        [empty.theme, empty.dark, empty.beta, empty.size, empty.columns, empty.marks],
        [null, false, null, 2, null, null],
      )
      // Rows may be older than the schema: what is of another type is null, and fails nothing.
      await running.rows(
        `insert into desk (id, name, settings, owner_id) select gen_random_uuid(), 'old', d::jsonb, '${idOf(1)}' from unnest(array['[1]', '"x"', 'null', '{"theme": 7, "beta": "true", "size": "12", "ui": [], "marks": null}', '{"size": 1e400, "ui": {"columns": {}}}']) d`,
      )
      const { json: page } = await running.as(ann, 'desk.list', { 'settings.size[gte]': 0 })
      assert.deepEqual(
        page.items.map((one: { name: string }) => one.name),
        ['a'],
      )
      assert.equal((await running.as(ann, 'desk.list', {})).json.items.length, 7)
    },
  )

  test(`${store.name}: a list is filtered by declared members, and an index serves it`, options, async () => {
    const running = await on()
    await desk(running, 'a', { theme: 'dark', size: 1, ui: { columns: 2 }, beta: true })
    await desk(running, 'b', { theme: 'light', size: 5 })
    await desk(running, 'c', {})
    const names = async (query: object): Promise<string[]> =>
      (await running.as(ann, 'desk.list', query)).json.items.map((one: { name: string }) => one.name).sort()
    assert.deepEqual(await names({ 'settings.theme': 'dark' }), ['a'])
    assert.deepEqual(await names({ 'settings.theme[in]': ['dark', 'light'] }), ['a', 'b'])
    assert.deepEqual(await names({ 'settings.theme[isNull]': true }), ['c'])
    assert.deepEqual(await names({ 'settings.size[gt]': 1 }), ['b'])
    assert.deepEqual(await names({ 'settings.ui.columns': 2 }), ['a'])
    assert.deepEqual(await names({ 'settings.beta': true }), ['a'])
    await running.rows(
      `insert into desk (id, name, settings, owner_id) select gen_random_uuid(), 'n' || n, jsonb_build_object('size', n, 'ui', jsonb_build_object('columns', n)), '${idOf(1)}' from generate_series(1, 3000) n`,
    )
    await running.rows('analyze desk')
    for (const parameter of ['settings.size', 'settings.ui.columns'] as const) {
      assert.match(await planOf(running, 'desk.list', { [parameter]: 700, limit: 20 }, ann), /desk_settings_\w+_idx/)
    }
  })

  test(`class 1: what is not declared of a document is no filter and no order, on ${store.name}`, options, async () => {
    const running = await on()
    await desk(running, 'a', { note: 'secret' })
    for (const parameter of [
      'settings.note',
      'settings.note[startsWith]',
      'settings',
      'settings.ui',
      'settings.ui.title',
      'hidden.note',
      'draft.theme',
    ]) {
      const problem = await refused(running, () => running.as(ann, 'desk.list', { [parameter]: 's' }))
      assert.equal(problem.status, 400, parameter)
    }
    const sorted = await refused(running, () => running.as(ann, 'desk.list', { sort: 'settings.theme' }))
    assert.equal(sorted.status, 400)
  })

  test(`class 65: no name of a member and no value reaches the SQL, on ${store.name}`, options, async () => {
    const running = await on()
    await desk(running, 'a', { theme: 'dark' })
    for (const name of [
      "settings.theme' or '1'='1",
      'settings.theme::text',
      "settings->>'note'",
      'settings.theme"',
      'settings.th\u0065me.x',
      'settings.__proto__',
      'settings.constructor.name',
    ]) {
      const problem = await refused(running, () => running.as(ann, 'desk.list', { [name]: 'dark' }))
      assert.equal(problem.status, 400, name)
    }
    for (const value of ["dark' or '1'='1", 'dark\\', '{"$ne":null}']) {
      const problem = await refused(running, () => running.as(ann, 'desk.list', { 'settings.theme': value }))
      assert.equal(problem.status, 422, value)
    }
    for (const value of [{ $ne: null }, ['dark'], null, true]) {
      const problem = await refused(running, () => running.as(ann, 'desk.list', { 'settings.theme': value }))
      assert.equal(problem.status, 400)
    }
  })

  test(
    `class 75: prototype keys of a document are members like others, or refused, on ${store.name}`,
    options,
    async () => {
      const running = await on()
      for (const body of [
        '{"__proto__":{"theme":"dark"}}',
        '{"constructor":{"prototype":{"theme":"dark"}}}',
        '{"ui":{"__proto__":{"columns":9}}}',
      ]) {
        const settings = JSON.parse(body) as object
        const problem = await refused(running, () => running.as(ann, 'desk.create', { data: { name: 'p', settings } }))
        assert.equal(problem.status, 400, body)
      }
      // Where the schema is open, other such names are stored, and nothing inherits from them.
      const id = await desk(running, 'p', { ui: { constructor: { columns: 9 }, hasOwnProperty: 1, open: true } })
      const { json } = await running.as(ann, 'desk.get', { id })
      assert.equal(json.columns, null)
      assert.deepEqual(json.settings.ui, { constructor: { columns: 9 }, hasOwnProperty: 1, open: true })
      assert.deepEqual((await running.as(ann, 'desk.list', { 'settings.ui.columns': 9 })).json.items, [])
      await running.rows(`update desk set settings = '{"ui": {"__proto__": {"columns": 9}}}'`)
      assert.equal((await running.as(ann, 'desk.get', { id })).json.columns, null)
    },
  )

  test(
    `${store.name}: members are set one by one, and none is lost to another that is set at once`,
    options,
    async () => {
      const running = await on()
      const id = await desk(running, 'a', { theme: 'dark', ui: { columns: 4 } })
      assert.deepEqual(
        await ended([
          ...times(20, () => running.as(ann, 'widen', { id })),
          ...times(5, (n) => running.as(ann, 'setTheme', { id, theme: `n${n}` })),
        ]),
        { ok: 25 },
      )
      const { json } = await running.as(ann, 'desk.get', { id })
      assert.equal(json.settings.size, 20)
      assert.equal(json.settings.theme, 'dark')
      assert.match(json.settings.note, /^n\d$/)
      assert.deepEqual(json.settings.ui, { columns: 4, open: true })
      assert.deepEqual(json.draft, { beta: false })
    },
  )

  test(`${store.name}: arrays are filtered by what they hold, and an index serves it`, options, async () => {
    const running = await on()
    for (const [name, labels, ranks] of [
      ['a', ['tidy', 'new'], [1, 2]],
      ['b', ['tidy', 'broken'], []],
      ['c', [], null],
    ] as const) {
      await running.as(ann, 'desk.create', { data: { name, labels, ranks } })
    }
    const found = async (query: object): Promise<string[]> =>
      (await running.as(ann, 'desk.list', query)).json.items.map((one: { name: string }) => one.name).sort()
    assert.deepEqual(await found({ 'labels[has]': 'tidy' }), ['a', 'b'])
    assert.deepEqual(await found({ 'labels[hasAll]': ['tidy', 'new'] }), ['a'])
    assert.deepEqual(await found({ 'labels[hasAny]': ['broken', 'new', 'x'] }), ['a', 'b'])
    assert.deepEqual(await found({ 'labels[isEmpty]': true }), ['c'])
    assert.deepEqual(await found({ 'ranks[isEmpty]': false }), ['a'])
    assert.deepEqual(await found({ 'ranks[isNull]': true }), ['c'])
    assert.deepEqual(await found({ 'ranks[has]': 2 }), ['a'])
    const { json } = await running.as(ann, 'desk.list', {})
    assert.deepEqual(
      Object.fromEntries(json.items.map(({ name, tidy }: { name: string; tidy: boolean }) => [name, tidy])),
      { a: true, b: false, c: false },
    )
    for (const query of [{ 'labels[hasAll]': [] }, { 'labels[has]': ['tidy'] }, { 'labels[hasAny]': [{ $ne: 1 }] }]) {
      assert.ok((await refused(running, () => running.as(ann, 'desk.list', query))).status < 500)
    }
    await running.rows(
      `insert into desk (id, name, labels, owner_id) select gen_random_uuid(), 'n' || n, array['n' || n, 'm'], '${idOf(1)}' from generate_series(1, 4000) n`,
    )
    await running.rows('analyze desk')
    for (const [operator, value] of [
      ['has', 'n70'],
      ['hasAll', ['n70', 'm']],
      ['hasAny', ['n70', 'n71']],
    ] as const) {
      assert.match(
        await planOf(running, 'desk.list', { [`labels[${operator}]`]: value, limit: 20 }, ann),
        /desk_labels_gin/,
      )
    }
  })

  test(
    `class 125: items that are added and taken at once are all there, within the limit, on ${store.name}`,
    options,
    async () => {
      const running = await on()
      const id = await desk(running, 'a', {})
      assert.deepEqual(await ended(times(10, (n) => running.as(ann, 'label', { id, label: `l${n}` }))), {
        ok: 4,
        'invalid-value': 6,
      })
      const { labels } = (await running.as(ann, 'desk.get', { id })).json
      assert.equal(labels.length, 4)
      await Promise.all(
        labels.slice(1).map((label: string, rank: number) => running.as(ann, 'unlabel', { id, label, rank })),
      )
      await running.as(ann, 'unlabel', { id, label: 'not there' })
      const { json } = await running.as(ann, 'desk.get', { id })
      assert.deepEqual(json.labels, labels.slice(0, 1))
      assert.deepEqual([...json.ranks].sort(), [0, 1, 2])
    },
  )

  test(`${store.name}: a generated field follows its row, and is read, filtered and sorted by`, options, async () => {
    const running = await on()
    const id = await desk(running, 'One Desk!', { note: 'four' })
    await desk(running, 'Two', {})
    await desk(running, 'Three', { note: 'x' })
    const { json } = await running.as(ann, 'desk.get', { id })
    assert.deepEqual([json.slug, json.noteLength], ['one-desk', 4])
    const slugs = async (query: object): Promise<string[]> =>
      (await running.as(ann, 'desk.list', query)).json.items.map((one: { slug: string }) => one.slug)
    assert.deepEqual(await slugs({ slug: 'two' }), ['two'])
    assert.deepEqual(await slugs({ 'noteLength[gte]': 1, sort: 'noteLength' }), ['three', 'one-desk'])
    assert.deepEqual(await slugs({ 'noteLength[isNull]': true }), ['two'])
    assert.deepEqual(await slugs({ sort: '-noteLength' }), ['two', 'one-desk', 'three'])
    const changed = await running.as(ann, 'desk.update', { id, data: { name: 'New Name' } })
    assert.deepEqual([changed.json.slug, changed.json.noteLength], ['new-name', 4])
    const set = await running.as(ann, 'setTheme', { id, theme: 'long note' })
    assert.equal(set.status, 204)
    assert.equal((await running.as(ann, 'desk.get', { id })).json.noteLength, 9)
  })

  test(`${store.name}: a policy sees what is generated of a row before it is written`, options, async () => {
    const running = await on()
    const id = await desk(running, 'fine', {})
    const create = (name: string) => running.as(ann, 'desk.create', { data: { name } })
    assert.equal((await refused(running, () => create('Forbidden?'))).code, 'forbidden')
    const update = () => running.as(ann, 'desk.update', { id, data: { name: 'FORBIDDEN' } })
    assert.equal((await refused(running, update)).code, 'forbidden')
    const many = await running.as(ann, 'desk.createMany', { items: [{ name: 'ok' }, { name: 'forbidden' }] })
    assert.deepEqual(
      many.json.map(({ status }: { status: string }) => status),
      ['created', 'refused'],
    )
    const changes = await running.as(ann, 'desk.updateMany', { items: [{ id, name: 'forbidden!' }] })
    assert.deepEqual(
      changes.json.map(({ status }: { status: string }) => status),
      ['refused'],
    )
    assert.deepEqual(await running.rows('select slug from desk order by slug'), [['fine'], ['ok']])
  })

  test(`class 22: nobody writes a generated field, on ${store.name}`, options, async () => {
    const running = await on()
    const id = await desk(running, 'a', {})
    for (const write of [
      () => running.as(ann, 'desk.create', { data: { name: 'b', slug: 'mine' } }),
      () => running.as(ann, 'desk.update', { id, data: { slug: 'mine' } }),
      () => running.as(ann, 'desk.update', { id, data: { noteLength: null } }),
      () => running.as(ann, 'desk.createMany', { items: [{ name: 'b', slug: 'mine' }] }),
      () => running.as(ann, 'desk.updateMany', { items: [{ id, slug: 'mine' }] }),
    ]) {
      const problem = await refused(running, write)
      assert.equal(problem.status, 400)
      assert.equal(problem.code, 'unknown-field')
    }
  })
}

/** An app that lets a list be filtered by `path`. */
const filteredBy = (path: string, declared: object | boolean | undefined) => {
  const thing = model({ id: id<'thing'>(), data: json(declared === undefined ? {} : { schema: declared as never }) })
  const models = defineSchema({ thing })
  const { thing: Things } = resources<typeof models, ActorOf<object>>(models, {})
  const policy = Things.policy(() => ({ read: anyone }))
  const view = Things.view(({ row }) => ({ id: row.id }))
  const api = Things.expose({ view, operations: ['list'], filter: [path as never] })
  return app({ name: 'things', schema: models, use: { all: { policy, view, api } } })
}

const mistakeOf = (declared: App): string => {
  try {
    link(declared)
  } catch (error) {
    if (isProblem(error)) return JSON.stringify([error.code, error.message, error.hint, error.details])
    throw error
  }
  return 'none'
}

test('class 130: a member without an index, or that the schema does not know, is no filter', () => {
  assert.match(mistakeOf(filteredBy('data.theme', settings)), /missing-index.*Add index: \[\['data\.theme'\]\]/)
  assert.match(mistakeOf(filteredBy('data.other', settings)), /does not say what 'data\.other' is/)
  assert.match(mistakeOf(filteredBy('data.theme.length', settings)), /does not say/)
  assert.match(mistakeOf(filteredBy('data.constructor', settings)), /does not say/)
  assert.match(mistakeOf(filteredBy('data.__proto__', { type: 'object', additionalProperties: false })), /does not say/)
  assert.match(mistakeOf(filteredBy('data.theme', undefined)), /does not say/)
  assert.match(mistakeOf(filteredBy('data.ui', settings)), /A json cannot be filtered by: data\.ui/)
})

test('an index is about members that have an order, and only what is no unique', () => {
  const withIndex = (options: object) => {
    const thing = model({ id: id<'thing'>(), data: json({ schema: settings }) }, options as never)
    const models = defineSchema({ thing })
    const { thing: Things } = resources<typeof models, ActorOf<object>>(models, {})
    return app({ name: 'things', schema: models, use: { all: { policy: Things.policy(() => ({ read: anyone })) } } })
  }
  assert.equal(mistakeOf(withIndex({ index: [['data.theme', 'id']] })), 'none')
  for (const options of [{ index: [['data.ui']] }, { index: [['data.nothing']] }, { unique: [['data.theme']] }]) {
    assert.match(mistakeOf(withIndex(options)), /unknown-model-field/)
  }
})

test('a path that the schema does not know is a mistake of the declaration', () => {
  const thing = model({ id: id<'thing'>(), data: json(), known: json({ schema: settings }) })
  const models = defineSchema({ thing })
  const { thing: Things } = resources<typeof models, ActorOf<object>>(models, {})
  const view = Things.view(({ row }) => ({
    a: (row.data as never as { at(name: string): { at(name: string): never } }).at('x').at('y'),
    b: row.known.at('nothing' as 'theme'),
  }))
  const policy = Things.policy(() => ({ read: anyone }))
  assert.match(
    mistakeOf(app({ name: 'things', schema: models, use: { all: { policy, view } } })),
    /has no schema that says what \\"x\\" is.*has no schema that says what \\"nothing\\" is/,
  )
})

/** An app with a model whose options say how a field is generated. */
const generating = (fields: object, options: object) => {
  const thing = model({ id: id<'thing'>(), name: text(), ...fields } as never, options as never)
  const models = defineSchema({ thing } as never) as Record<string, never>
  const { thing: Things } = resources<never, never>(models as never, {} as never) as never as {
    readonly thing: { policy(rules: () => object): object; action(options: object): object }
  }
  const policy = Things.policy(() => ({ read: anyone, update: anyone }))
  const set = 'written' in options ? { write: Things.action({ set: () => options.written }) } : {}
  return app({ name: 'things', schema: models as never, use: { all: { policy, ...set } as never } })
}

test('a generated field is made of stored fields of its row, exactly, and nothing writes it', () => {
  type Loose = {
    readonly [name: string]: {
      slugify(): never
      plus(n: number): never
      lower(): never
      toText(): never
      toDecimal(): never
    }
  }
  const slug = { slug: text({ generated: true }) }
  const by = (rule: (row: Loose) => unknown) => ({ generated: { slug: rule } })
  assert.equal(
    mistakeOf(
      generating(
        slug,
        by((row) => row.name!.slugify()),
      ),
    ),
    'none',
  )
  assert.match(mistakeOf(generating(slug, {})), /Nothing says what thing\.slug is generated from/)
  assert.match(
    mistakeOf(
      generating(
        { slug: text() },
        by((row) => row.name!.slugify()),
      ),
    ),
    /thing\.slug is not generated/,
  )
  assert.match(
    mistakeOf(
      generating(
        slug,
        by((row) => row.slug!.lower()),
      ),
    ),
    /generated itself/,
  )
  assert.match(
    mistakeOf(
      generating(
        slug,
        by((row) => row.name!.toText()),
      ),
    ),
    /cannot use toText/,
  )
  const hidden = { ...slug, hidden: text({ private: true }) }
  assert.match(
    mistakeOf(
      generating(
        hidden,
        by((row) => row.hidden!.lower()),
      ),
    ),
    /private-field/,
  )
  const note = { ...slug, note: text({ optional: true }) }
  assert.match(
    mistakeOf(
      generating(
        note,
        by((row) => row.note!.lower()),
      ),
    ),
    /null/,
  )
  const ratio = { ratio: float(), slug: float({ generated: true }) }
  assert.match(
    mistakeOf(
      generating(
        ratio,
        by((row) => row.ratio!.plus(1)),
      ),
    ),
    /about floats/,
  )
  const price = { ratio: float(), slug: decimal({ generated: true }) }
  const exactly = by((row) => row.ratio!.toDecimal())
  assert.match(mistakeOf(generating(price, exactly)), /about floats/)
  const written = { ...by((row) => row.name!.slugify()), written: { slug: 'mine' } }
  assert.match(mistakeOf(generating(slug, written)), /thing\.slug is computed from the rest of the row|immutable-field/)
})
