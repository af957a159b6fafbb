import { hash } from '@node-rs/argon2'

/** Rows of each model at a factor of 1. */
export const sizes = { users: 1_000, articles: 50_000, comments: 200_000, tags: 200, articleTags: 150_000 } as const
const companies = 5
const teams = 50

/** Who is signed in while it is measured. */
export const login = { email: 'user1@example.com', password: 'measured-and-found' } as const

/** Ids that are the same in every run and, like UUIDv7, rise with time: `kind` tells the models apart. */
const id = (kind: number, n: string): string =>
  `(lpad(to_hex(1700000000000 + (${n})::int8 * 100), 12, '0') || '7${String(kind).padStart(3, '0')}8' || left(md5('${kind}' || (${n})), 15))::uuid`
const at = (n: string, of: number): string =>
  `'2026-01-01T00:00:00Z'::timestamptz + (${n}) * interval '1 second' * ${(300 * 86_400) / of}`
/** A number from 1 to `most` that looks random and is the same in every run. */
const among = (n: string, most: number, salt: number): string =>
  `1 + abs(hashint8extended((${n})::int8, ${salt}) % ${most})::int8`

/** A connection of `pg`, or an embedded database. */
export interface SeedClient {
  query(sql: string, params?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
}

export interface Seeded {
  readonly articleIds: readonly string[]
}

/**
 * Fills the tables that Bede has made. One article in fifty is a draft of the one who is signed in, so that both sides
 * of its policy are met and the answers are the same with it and without.
 */
export async function seed(client: SeedClient, factor = 1): Promise<Seeded> {
  const users = sizes.users * factor
  const articles = sizes.articles * factor
  const comments = sizes.comments * factor
  const password = await hash(login.password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })
  const fill = (table: string, columns: string, rows: number, values: string): Promise<unknown> =>
    client.query(`insert into "${table}" (${columns}) select ${values} from generate_series(1, ${rows}) n`)
  const joined = Math.min(users, sizes.users)
  await client.query('begin')
  // Each row is made to fit: forty million references looked up one by one would be an hour of 100 times the rows.
  await client.query(`select set_config('session_replication_role', 'replica', true) from pg_roles
    where rolname = current_user and rolsuper`)
  await fill('company', 'id, name', companies, `${id(1, 'n')}, 'Company ' || n`)
  await fill('team', 'id, name, company_id', teams, `${id(2, 'n')}, 'Team ' || n, ${id(1, `1 + n % ${companies}`)}`)
  await client.query(
    `insert into "user" (id, email, password, name, team_id)
     select ${id(3, 'n')}, 'user' || n || '@example.com', $1, 'User ' || n, ${id(2, `1 + n % ${teams}`)}
     from generate_series(1, ${users}) n`,
    [password],
  )
  await fill(
    'member',
    'id, team_id, user_id',
    teams * joined,
    `${id(4, 'n')}, ${id(2, `1 + n % ${teams}`)}, ${id(3, `1 + n / ${teams} % ${joined}`)}`,
  )
  const author = `case when n % 50 = 0 then ${id(3, '1')} else ${id(3, among('n', users, 1))} end`
  await fill(
    'article',
    'id, title, body, status, created_at, author_id',
    articles,
    `${id(5, 'n')}, 'What is said in article ' || n, repeat(md5(n::text), 32),
     case when n % 50 = 0 then 'draft' else 'published' end, ${at('n', articles)}, ${author}`,
  )
  await fill(
    'comment',
    'id, body, created_at, article_id, author_id',
    comments,
    `${id(6, 'n')}, 'Somebody says ' || repeat(md5(n::text), 3), ${at('n', comments)},
     ${id(5, among('n', articles, 2))}, ${id(3, among('n', users, 3))}`,
  )
  await fill('tag', 'id, name', sizes.tags, `${id(7, 'n')}, 'tag-' || n`)
  await client.query(
    `insert into article_tag (id, article_id, tag_id)
     select ${id(8, 'n * 3 + k')}, ${id(5, 'n')}, ${id(7, `1 + (n * 37 + k * 61) % ${sizes.tags}`)}
     from generate_series(1, ${articles}) n cross join generate_series(0, 2) k`,
  )
  await client.query('commit')
  await client.query('vacuum analyze')
  await client.query('checkpoint')
  const { rows } = await client.query(
    `select id from (select id from article where id = any(array(select ${id(5, among('n', articles, 4))} from generate_series(1, 5000) n))) a order by md5(id::text)`,
  )
  return { articleIds: rows.map((row) => String(row.id)) }
}
