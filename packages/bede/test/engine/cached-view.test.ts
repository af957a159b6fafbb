import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ActorOf,
  anyone,
  app,
  type Backend,
  bool,
  defineSchema,
  fromActor,
  id,
  integer,
  isProblem,
  many,
  model,
  one,
  or,
  ref,
  resources,
  start,
  text,
  timestamp,
  verbs,
} from '../../src/index.ts'
import type { Connection, Driver } from '../../src/store/driver.ts'
import { openStore } from '../../src/store/open.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { type TestStore, testStores } from '../support/stores.ts'

const user = model({ id: id<'user'>(), name: text(), memberships: many('member', 'userId') })
const team = model({ id: id<'team'>(), name: text(), members: many('member', 'teamId') })
const member = model(
  { id: id<'member'>(), teamId: ref('team', { onDelete: 'cascade' }), userId: ref('user') },
  { unique: [['teamId', 'userId']] },
)
const note = model({
  id: id<'note'>(),
  slug: text({ unique: true }),
  title: text(),
  open: bool({ default: true }),
  count: integer({ default: 0 }),
  until: timestamp({ optional: true }),
  teamId: ref('team', { onDelete: 'cascade' }),
  team: one('teamId'),
  authorId: ref('user', { default: fromActor('id') }),
})
const models = defineSchema({ user, team, member, note })
const actor = { id: ref('user') }
const {
  user: Users,
  team: Teams,
  member: Members,
  note: Notes,
} = resources<typeof models, ActorOf<typeof actor>>(models, actor)
const { action, route } = verbs<ActorOf<typeof actor>>(actor)
const all = { read: anyone, create: anyone, update: anyone, delete: anyone }
const userPolicy = Users.policy(() => all)
const teamPolicy = Teams.policy(() => all)
const memberPolicy = Members.policy(() => all)
const notePolicy = Notes.policy(({ row, actor }) => ({
  ...all,
  read: or(
    row.open,
    row.team.members.some((m) => m.userId.eq(actor.id)),
  ),
}))
const noteView = Notes.view(({ row }) => ({
  id: row.id,
  slug: row.slug,
  title: row.title,
  count: row.count,
  team: row.team.name,
})).cached({ for: '30s' })
const plainView = Notes.view(({ row }) => ({ slug: row.slug, count: row.count }))
const teamView = Teams.view(({ row }) => ({ id: row.id, name: row.name })).cached({ for: '1h' })
const mineView = Notes.view(({ row, actor }) => ({ slug: row.slug, mine: row.authorId.eq(actor.id) })).cached({
  for: '1h',
})
const timedView = Notes.view(({ row, now }) => ({ slug: row.slug, over: row.until.lt(now) })).cached({ for: '10s' })
const notesApi = Notes.expose({
  view: noteView,
  operations: ['list', 'get', 'create', 'update', 'delete'],
  sort: ['slug'],
})
const teamsApi = Teams.expose({ view: teamView, operations: ['list', 'get', 'create', 'update', 'delete'] })
const bySlug = route('GET /by/:slug', {
  auth: 'optional',
  answers: ({ params }) => ({ note: noteView.one((n) => n.slug.eq(params.slug)) }),
})
const both = route('GET /both', {
  auth: 'optional',
  answers: () => ({ notes: noteView.list(), teams: teamView.list() }),
})
const mixed = route('GET /mixed', {
  auth: 'optional',
  answers: () => ({ notes: noteView.list(), plain: plainView.list() }),
})
const mine = route('GET /mine', { auth: 'optional', answers: () => ({ notes: mineView.list() }) })
const timed = route('GET /timed', { auth: 'optional', answers: () => ({ notes: timedView.list() }) })
const bump = Notes.action({ set: ({ row }) => ({ count: row.count.plus(1) }) })
const twice = action({
  input: { note: ref('note') },
  output: { before: integer(), after: integer() },
  allow: () => anyone,
  run: async ({ input, db }) => {
    const at = async () => (await db.run(noteView.one((n) => n.id.eq(input.note)))).count
    const before = await at()
    await db.run(bump.with({ id: input.note }))
    return { before, after: await at() }
  },
})
const noteOperations = {
  userPolicy,
  teamPolicy,
  memberPolicy,
  notePolicy,
  noteView,
  plainView,
  teamView,
  mineView,
  timedView,
  notesApi,
  teamsApi,
  bySlug,
  both,
  mixed,
  mine,
  timed,
  bump,
  twice,
}
const backendApp = app({ name: 'kept', schema: models, use: { noteOperations } })

// biome-ignore lint/suspicious/noExplicitAny: a test looks into answers as it needs
type Loose = any

/** A driver that counts the statements that reach the database outside transactions. */
function counting(url: string): { readonly driver: Driver; reads(): number } {
  const below = openStore(url)
  let reads = 0
  const counted = (connection: Connection): Connection => ({
    ...connection,
    query(statement, options) {
      reads++
      return connection.query(statement, options)
    },
    ...(connection.body && {
      body(...of: Parameters<NonNullable<Connection['body']>>) {
        reads++
        return connection.body?.(...of) ?? Promise.resolve(undefined)
      },
    }),
  })
  return {
    driver: { name: below.name, open: async () => counted(await below.open()), close: () => below.close() },
    reads: () => reads,
  }
}

interface Process {
  readonly backend: Backend
  reads(): number
  said(): string
  get(operation: string, input?: unknown, actor?: string): Promise<Loose>
  do(operation: string, input?: unknown, actor?: string): Promise<Loose>
}

async function process_(url: string, more: Partial<Parameters<typeof start>[1]> = {}): Promise<Process> {
  const { driver, reads } = counting(url)
  let said = ''
  const log = createLogger({ level: 'debug', write: (line) => (said += `${line}\n`) })
  const backend = await start(backendApp, { driver, mode: 'development', log, ...more })
  const get = async (operation: string, input: unknown = {}, actor?: string) => {
    const { answer } = await backend.call(operation, input, actor === undefined ? null : { id: actor })
    return answer.kind === 'json' ? JSON.parse(answer.text) : null
  }
  return { backend, reads, said: () => said, get, do: get }
}

/** Until nothing is missed any more, reads are not kept: they are asked until one is. */
async function warm({ get, reads }: Process): Promise<void> {
  for (let before = -1; before !== reads(); ) {
    await get('team.list')
    before = reads()
    await get('team.list')
  }
}

const stores = await testStores()
for (const store of stores) {
  describe(`cached views on ${store.name}`, { skip: store.skip }, () => suite(store))
}

function suite(store: TestStore): void {
  let one: Process
  /** A second process on PostgreSQL; the embedded database has but one. */
  let two: Process
  const ids: Record<string, string> = {}
  before(async () => {
    one = await process_(store.url)
    two = store.name === 'PGlite' ? one : await process_(store.url)
    const make = async (operation: string, data: object) => (await one.do(operation, { data })).id
    const { connection } = one.backend
    for (const name of ['ann', 'bob']) {
      const [[id] = []] = await connection.query({
        sql: `insert into "user" (id, name) values (gen_random_uuid(), $1) returning id`,
        params: [name],
        shape: ['id'],
      })
      ids[name] = String(id)
    }
    ids.team = await make('team.create', { name: 'red' })
    const noteOf = async (slug: string, open: boolean) =>
      (await one.do('note.create', { data: { slug, title: slug, open, teamId: ids.team } }, ids.ann)).id
    ids.open = await noteOf('open', true)
    await noteOf('closed', false).catch(() => {})
    await warm(one)
    await warm(two)
  })
  after(async () => {
    await one.backend.close()
    if (two !== one) await two.backend.close()
  })

  /** How many reads reached the database meanwhile. */
  const during = async (process: Process, f: () => Promise<unknown>): Promise<number> => {
    const before = process.reads()
    await f()
    return process.reads() - before
  }
  /** A process hears of its own writes too, a moment later: then the question is asked once more, and no more. */
  const settled = async (process: Process, f: () => Promise<unknown>) => {
    for (let again = 0; again < 100; again++) if ((await during(process, f)) === 0) return
    assert.fail('it is asked again and again')
  }
  /** The other process hears of it a moment later. */
  const eventually = async (
    process: Process,
    operation: string,
    input: unknown,
    holds: (answer: Loose) => boolean,
    actor?: string,
  ) => {
    while (!holds(await process.get(operation, input, actor))) await sleep(2)
  }

  test('the same question is asked once: lists, rows, routes', async () => {
    for (const [operation, input] of [
      ['note.list', { sort: '-slug' }],
      ['note.get', { id: ids.open }],
      ['bySlug', { params: { slug: 'open' } }],
      ['both', {}],
    ] as const) {
      const first = await one.get(operation, input)
      await settled(one, async () => assert.deepEqual(await one.get(operation, input), first))
    }
    assert.ok(
      (await during(one, () => one.get('mixed'))) && (await during(one, () => one.get('mixed'))),
      'a part of it may not be old',
    )
  })

  test('many who ask at once share one statement', async () => {
    await one.do('bump', { id: ids.open }, ids.ann)
    const asked = await during(one, async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => one.get('note.get', { id: ids.open })))
      assert.equal(new Set(answers.map(({ count }) => count)).size, 1)
    })
    assert.ok(asked >= 1 && asked <= 2, `${asked} statements`) // 2: it heard of its own write meanwhile
  })

  test('a write is seen at once by its own process, and by others as soon as they hear of it', async () => {
    const input = { id: ids.open }
    const { count } = await one.get('note.get', input)
    await two.get('note.get', input)
    await one.do('bump', input, ids.ann)
    assert.equal((await one.get('note.get', input)).count, count + 1)
    await eventually(two, 'note.get', input, (answer) => answer.count === count + 1)
    await one.backend.engine.batch([1, 2].map(() => ({ operation: 'bump', input, actor: { id: ids.ann ?? '' } })))
    assert.equal((await one.get('note.get', input)).count, count + 3)
    await eventually(two, 'note.get', input, (answer) => answer.count === count + 3)
  })

  test('inside a transaction nothing kept is read, and what a handler wrote is seen when it has committed', async () => {
    const { count } = await one.get('note.get', { id: ids.open })
    assert.deepEqual(await one.do('twice', { note: ids.open }, ids.ann), { before: count, after: count + 1 })
    assert.equal((await one.get('note.get', { id: ids.open })).count, count + 1)
  })

  test('what was undone changes nothing and is told to nobody', async () => {
    const { count } = await one.get('note.get', { id: ids.open })
    await eventually(two, 'note.get', { id: ids.open }, (answer) => answer.count === count)
    await assert.rejects(
      one.backend.engine.batch([
        { operation: 'bump', input: { id: ids.open }, actor: { id: ids.ann ?? '' } },
        { operation: 'note.get', input: { id: crypto.randomUUID() }, actor: null },
      ]),
    )
    await settled(two, async () => assert.equal((await two.get('note.get', { id: ids.open })).count, count))
    assert.equal((await one.get('note.get', { id: ids.open })).count, count)
  })

  test('class 58: what one actor was shown is given to nobody else, and what is the same for all is shared', async () => {
    const slugs = async (process: Process, actor?: string) =>
      (await process.get('note.list', {}, actor)).items.map(({ slug }: Loose) => slug)
    const [[memberId] = []] = await one.backend.connection.query({
      sql: 'insert into member (id, team_id, user_id) values (gen_random_uuid(), $1::uuid, $2::uuid) returning id',
      params: [ids.team ?? '', ids.ann ?? ''],
      shape: ['id'],
    })
    assert.ok(memberId)
    assert.deepEqual(await slugs(one, ids.ann), ['closed', 'open'])
    for (const process of [one, two]) {
      assert.deepEqual(await slugs(process, ids.bob), ['open'])
      assert.deepEqual(await slugs(process), ['open'])
      assert.deepEqual(await slugs(process, ids.ann), ['closed', 'open'])
      assert.deepEqual((await process.get('mine', {}, ids.ann)).notes.map(({ mine }: Loose) => mine).sort(), [
        true,
        true,
      ])
      assert.deepEqual((await process.get('mine', {}, ids.bob)).notes, [{ slug: 'open', mine: false }])
      assert.deepEqual((await process.get('mine')).notes, [{ slug: 'open', mine: false }])
    }
    await one.get('team.list', {}, ids.ann)
    await settled(one, () => one.get('team.list', {}, ids.bob)) // teams are the same for all
  })

  test('a policy that looks at another model is a reason to forget: who leaves a team is shown no more', async () => {
    const slugs = async () => (await one.get('note.list', {}, ids.ann)).items.map(({ slug }: Loose) => slug)
    const joined = await slugs()
    await one.backend.connection.query({ sql: 'delete from member', params: [], shape: [], changes: ['member'] })
    assert.deepEqual([joined, await slugs()], [['closed', 'open'], ['open']])
  })

  test('deleting takes other rows along, and they are forgotten with it', async () => {
    const team = (await one.do('team.create', { data: { name: 'gone' } })).id
    await one.do('note.create', { data: { slug: 'gone', title: 'gone', teamId: team } }, ids.ann)
    for (const process of [one, two])
      assert.equal((await process.get('bySlug', { params: { slug: 'gone' } })).note.team, 'gone')
    await one.do('team.delete', { id: team })
    for (const process of [one, two]) {
      while (
        await process.get('bySlug', { params: { slug: 'gone' } }).then(
          () => process === two && two !== one,
          (error) => !isProblem(error),
        )
      )
        await sleep(2)
    }
  })

  test('a refusal is not kept', async () => {
    const input = { params: { slug: 'later' } }
    for (const process of [one, two]) await assert.rejects(process.get('bySlug', input), { code: 'not-found' })
    await one.do('note.create', { data: { slug: 'later', title: 'later', teamId: ids.team } }, ids.ann)
    assert.equal((await one.get('bySlug', input)).note.title, 'later')
    assert.equal((await two.get('bySlug', input)).note.title, 'later')
  })

  test('the system is never given what is kept, and what it reads is not kept', async () => {
    const { system } = await import('../../src/index.ts')
    const ask = async () => (await one.backend.call('note.list', {}, system('a test'))).answer
    assert.ok(await during(one, ask))
    assert.ok(await during(one, ask))
  })

  test('an answer carries its entity tag, kept with it', async () => {
    const tags = async () => (await one.backend.call('team.list')).answer.headers?.ETag
    assert.match(String(await tags()), /^"[0-9a-f]{32}"$/)
    assert.equal(await tags(), await tags())
  })
}

test('nothing is older than its view allows, though nobody tells of a change; time counts too', async () => {
  let now = Date.parse('2026-01-01T00:00:00Z')
  const process = await process_('memory://', { clock: () => new Date(now) })
  const { connection } = process.backend
  const run = (sql: string) => connection.query({ sql, params: [], shape: [] })
  const read = async () => ({ ...(await process.get('note.list')).items[0], ...(await process.get('timed')).notes[0] })
  try {
    const { id } = await process.do('team.create', { data: { name: 'red' } })
    await run(`insert into "user" (id, name) values ('01890a5d-ac96-774b-bcce-b302099a8057', 'ann')`)
    await process.do(
      'note.create',
      { data: { slug: 'a', title: 'a', teamId: id, until: '2026-01-01T00:00:05Z' } },
      '01890a5d-ac96-774b-bcce-b302099a8057',
    )
    await warm(process)
    await read()
    await run('update note set count = 7') // behind the back of everybody
    now += 9_999
    assert.partialDeepStrictEqual(await read(), { count: 0, over: false })
    now += 1
    assert.partialDeepStrictEqual(
      await read(),
      { count: 0, over: true },
      'what depends on the time is kept no longer than declared',
    )
    now += 20_000
    assert.partialDeepStrictEqual(await read(), { count: 7 })
  } finally {
    await process.backend.close()
  }
})
