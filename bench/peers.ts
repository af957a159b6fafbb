import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { blog, blogRequests, limit, operations, type Running, running } from './blog/contestants.ts'
import { world } from './blog/world.ts'
import type { Request } from './load/request.ts'
import { contest, ratio, typical } from './measure/contest.ts'
import { fitted, numbersFrom, usualRounds } from './measure/options.ts'
import { publish } from './measure/results.ts'
import { sameAnswers } from './measure/same-answers.ts'
import { freePort, serveScript } from './process.ts'

/** Other backends beside Bede, on the same rows, with the same answers, in turn. */
const wanted = numbersFrom({ ...usualRounds, minutes: 6 })

const folder = fileURLToPath(new URL('./peers/', import.meta.url))
if (!existsSync(`${folder}node_modules`)) {
  console.error('The peers are not installed: npm ci --prefix bench/peers')
  process.exit(2)
}
const compiled = spawnSync(process.execPath, [`${folder}node_modules/typescript/bin/tsc`, '-p', `${folder}nest`], {
  stdio: 'inherit',
})
if (compiled.status !== 0) throw new Error('nest/ does not compile')

const { url, articleIds, actor, machine, drop } = await world()
const production = { NODE_ENV: 'production', GRAPHILE_ENV: 'production' }

const peer = async (name: string, script: string, requests = blogRequests(articleIds)): Promise<Running> => {
  const port = await freePort()
  const url_ = `http://127.0.0.1:${port}${requests === graphql ? '/graphql?query={__typename}' : '/newest'}`
  const served = await serveScript(`${folder}${script}`, [String(port), url, actor], {
    cwd: folder,
    env: production,
    url: url_,
    ready: (status) => status < 500,
  })
  return running(name, port, served, requests)
}

const ask = (query: string, variables: object = {}): Request => ({
  method: 'POST',
  path: '/graphql',
  headers: { accept: 'application/json' },
  body: JSON.stringify({ query, variables }),
})
/** Without W1: the table's id has no default in the database, so each request would have to bring a new one. */
const graphql: Record<string, readonly Request[]> = {
  R1: articleIds.map((id) =>
    ask('query($id: UUID!) { articleByRowId(rowId: $id) { rowId title body status createdAt authorId } }', { id }),
  ),
  R2: [
    ask(
      `{ allArticles(orderBy: [CREATED_AT_DESC, PRIMARY_KEY_DESC], first: 20) { nodes { rowId title createdAt author: userByAuthorId { rowId name }
       tags: articleTagsByArticleId(orderBy: PRIMARY_KEY_ASC) { nodes { tag: tagByTagId { name } } } } } }`,
    ),
  ],
  R3: [
    ask(
      `{ allArticles(orderBy: [CREATED_AT_DESC, PRIMARY_KEY_DESC], first: 20) { nodes { rowId title author: userByAuthorId { rowId name }
       comments: commentsByArticleId(orderBy: [CREATED_AT_ASC, PRIMARY_KEY_ASC], first: 5) { nodes { rowId body createdAt author: userByAuthorId { rowId name } } } } } }`,
    ),
  ],
}

const contestants: Running[] = []
const failed: string[] = []
const add = async (name: string, begin: () => Promise<Running>): Promise<void> => {
  try {
    contestants.push(await begin())
  } catch (error) {
    failed.push(`${name}: ${String(error).slice(0, 300)}`)
  }
}

try {
  contestants.push(await blog(url, articleIds))
  contestants.push(await limit(url, actor, articleIds))
  await add('Fastify + Drizzle', () => peer('Fastify + Drizzle', 'fastify-drizzle.js'))
  await add('Express + Sequelize', () => peer('Express + Sequelize', 'express-sequelize.js'))
  await add('NestJS + TypeORM', () => peer('NestJS + TypeORM', '.built/nest/main.js'))
  await add('PostGraphile', () => peer('PostGraphile', 'postgraphile.js', graphql))
  for (const words of failed) console.error(`not measured: ${words}`)
  await sameAnswers(contestants, operations, (name, _, json) => (name === 'PostGraphile' ? restForm(json) : json))
  const rounds = fitted(wanted, contestants.length * operations.length)
  const samples = await contest(contestants, operations, url, rounds)
  publish({
    name: 'peers',
    machine,
    data: Object.fromEntries([...samples].map(([operation, of]) => [operation, Object.fromEntries(of)])),
    parts: [
      `${rounds.connections} connections, ${rounds.rounds} rounds of ${rounds.seconds} s, medians. Only Bede checks a session and policies here.`,
      [
        [
          'operation',
          'backend',
          'requests/s',
          'of Bede',
          'CPU µs, backend',
          'CPU µs, PostgreSQL',
          'p50 ms',
          'p99 ms',
          'memory MB',
        ],
        ...operations.flatMap((operation) =>
          contestants.flatMap(({ name }) => {
            const own = samples.get(operation)?.get(name) ?? []
            if (own.length === 0) return []
            const { perSecond, ours, database, p50, p99, megabytes } = typical(own)
            return [
              [
                operation,
                name,
                perSecond.toFixed(0),
                ratio(own, samples.get(operation)?.get('Bede') ?? [], 'perSecond').toFixed(2),
                ours.toFixed(0),
                database.toFixed(0),
                p50.toFixed(2),
                p99.toFixed(2),
                megabytes.toFixed(0),
              ],
            ]
          }),
        ),
      ],
      ...(failed.length > 0 ? [`Not measured: ${failed.join('; ')}`] : []),
    ],
  })
} finally {
  for (const contestant of contestants) await contestant.stop()
  await drop()
}

/** What GraphQL puts around the same content: `nodes`, `rowId`, one object more. */
function restForm(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(restForm)
  if (typeof json !== 'object' || json === null) return json
  const members = new Map(Object.entries(json))
  const [only] = [...members.values()]
  if (members.has('errors')) throw new Error(JSON.stringify(json).slice(0, 500))
  if (members.has('nodes')) return restForm(members.get('nodes'))
  if (members.has('data')) return restForm(members.get('data'))
  if (members.has('articleByRowId')) return restForm(only)
  if (members.has('allArticles')) return { articles: restForm(members.get('allArticles')) }
  if (members.size === 1 && members.has('tag')) return (members.get('tag') as { name: string }).name
  return Object.fromEntries([...members].map(([name, value]) => [name === 'rowId' ? 'id' : name, restForm(value)]))
}
