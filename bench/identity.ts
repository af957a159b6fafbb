import { createHash, randomBytes } from 'node:crypto'
import { blog, type Running } from './blog/contestants.ts'
import { login } from './blog/seed.ts'
import { type World, world } from './blog/world.ts'
import { startLoad } from './load/load.ts'
import { type Request, wireForm } from './load/request.ts'
import { contest, type Sample, typical } from './measure/contest.ts'
import { fitted, numbersFrom, quick, usualRounds } from './measure/options.ts'
import { publish } from './measure/results.ts'
import { median } from './report.ts'

/**
 * What it costs that somebody is signed in: one article by its id (R1, published ones alone), asked by nobody and by
 * somebody, for each way to show who one is; beside it how many statements a request has in the database.
 */
const wanted = numbersFrom(usualRounds)

/** Sessions that take turns, so that none is remembered from its last request: each is looked up. */
const crowd = quick ? 500 : 20_000
/** Milliseconds after which the database writes down what it has counted. */
const counted = 1_200

const env = {
  BEDE_BENCH_IDENTITY: 'all',
  BEDE_ORIGIN: 'https://bench.example',
  BEDE_SECRET: randomBytes(32).toString('base64url'),
}
const plain = await world()
const every = await world(undefined, env)
const servers: Running[] = []
const load = startLoad()
try {
  const opaque = await blog(plain.url, plain.articleIds)
  servers.push(opaque)
  const ways = await blog(every.url, [], { env })
  servers.push(ways)

  const published = async ({ query }: World): Promise<readonly string[]> =>
    (await query(`select id from article where status = 'published' order by id limit 10000`)).map(([id]) => String(id))
  const reads = (ids: readonly string[], headers: (index: number) => Readonly<Record<string, string>>): Request[] =>
    ids.map((id, index) => ({ method: 'GET', path: `/articles/${id}`, headers: headers(index) }))
  const [ids, others] = [await published(plain), await published(every)]
  const [{ headers: one = {} } = {}] = opaque.requests.R1 ?? []
  const tokens = await sessionsOf(plain)
  const shown = await everyWay(ways.port)
  const asked = {
    nobody: [opaque, plain, reads(ids, () => ({}))],
    'a session': [opaque, plain, reads(ids, () => one)],
    [`${crowd.toLocaleString('en')} sessions in turn`]: [
      opaque,
      plain,
      tokens.map((token, index) => ({
        method: 'GET',
        path: `/articles/${ids[index % ids.length]}`,
        headers: { authorization: `Bearer ${token}` },
      })),
    ],
    'nobody, with every way turned on': [ways, every, reads(others, () => ({}))],
    'a session in a cookie': [ways, every, reads(others, () => ({ cookie: shown.cookie }))],
    'a signed token': [ways, every, reads(others, () => ({ authorization: `Bearer ${shown.signed}` }))],
    'an API key': [ways, every, reads(others, () => ({ authorization: `Bearer ${shown.key}` }))],
  } as const satisfies Readonly<Record<string, readonly [Running, World, readonly Request[]]>>

  const contestants = Object.entries(asked).map(([name, [{ port, pid }, { url }, requests]]) => ({
    name,
    port,
    pid,
    database: url,
    requests: { R1: requests },
  }))
  const rounds = fitted(wanted, contestants.length)
  const samples = (await contest(contestants, ['R1'], plain.url, rounds)).get('R1') ?? new Map()
  const statements = new Map<string, number>()
  for (const [name, [{ port }, { query }, requests]] of Object.entries(asked))
    statements.set(name, await statementsOf(port, requests, query))

  const of = (name: string): readonly Sample[] => samples.get(name) ?? []
  /** The median over the rounds of what one took more than the other in the same round. */
  const more = (name: string, than: string): number =>
    median(of(name).map(({ ours }, round) => ours - (of(than)[round]?.ours ?? Number.NaN)))
  const nobody = (name: string): string =>
    contestants.find((one) => one.name === name)?.port === opaque.port ? 'nobody' : 'nobody, with every way turned on'
  const rows = Object.keys(asked).map((name) => {
    const { perSecond, ours, database, p99 } = typical(of(name))
    return [
      name,
      perSecond.toFixed(0),
      ours.toFixed(1),
      name === nobody(name) ? '' : more(name, nobody(name)).toFixed(1),
      database.toFixed(1),
      (statements.get(name) ?? Number.NaN).toFixed(2),
      p99.toFixed(2),
    ]
  })
  publish({
    name: 'identity',
    machine: plain.machine,
    data: { samples: Object.fromEntries(samples), statements: Object.fromEntries(statements) },
    parts: [
      `${rounds.connections} connections, ${rounds.rounds} rounds of ${rounds.seconds} s, medians.`,
      [
        [
          'R1, asked by',
          'requests/s',
          'CPU µs, Bede',
          'more than nobody',
          'CPU µs, PostgreSQL',
          'statements',
          'p99 ms',
        ],
        ...rows,
      ],
    ],
  })
} finally {
  await load.stop()
  await Promise.all(servers.map((server) => server.stop()))
  await plain.drop()
  await every.drop()
}

/** Sessions as a sign-in makes them, of all users in turn. */
async function sessionsOf({ query }: World): Promise<readonly string[]> {
  const tokens = Array.from({ length: crowd }, () => randomBytes(32).toString('base64url'))
  const hashes = tokens.map((token) => `'${createHash('sha256').update(token).digest('hex')}'`)
  await query(
    `insert into bede.session (id, token_hash, account_id, expires_at)
     select gen_random_uuid(), t.hash, u.id, now() + interval '1 day'
     from unnest(array[${hashes.join(',')}]) with ordinality t(hash, n)
     join (select id, row_number() over () - 1 as n, count(*) over () as all from "user") u on u.n = (t.n - 1) % u.all`,
  )
  await query('vacuum analyze bede.session')
  return tokens
}

/** One of each, as they are given. */
async function everyWay(port: number): Promise<{ cookie: string; signed: string; key: string }> {
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    const text = await answer.text()
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${text}`)
    return { answer, json: JSON.parse(text) }
  }
  const { json } = await post('/auth/sign-in', login)
  const { answer } = await post('/auth/sign-in', { ...login, session: 'cookie' })
  const made = await post(
    '/auth/keys',
    { name: 'bench', scopes: ['articles:read'] },
    { authorization: `Bearer ${json.token}` },
  )
  return { cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '', signed: json.token, key: made.json.key }
}

/**
 * Statements per request: outside a transaction each is one for the database. A session of it writes down what it has
 * counted at the end of a statement, once in a second; so it is given one more.
 */
async function statementsOf(port: number, requests: readonly Request[], query: World['query']): Promise<number> {
  const texts = requests.map(wireForm)
  const ask = async (seconds: number): Promise<number> =>
    (await load.run({ port, requests: texts, connections: 32, warm: 0, seconds }, () => {})).requests
  const done = async (): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, counted))
    await ask(0.05)
    const [[commits] = []] = await query('select xact_commit from pg_stat_database where datname = current_database()')
    return Number(commits)
  }
  const before = await done()
  const answered = await ask(quick ? 0.5 : 3)
  return ((await done()) - before) / answered
}
