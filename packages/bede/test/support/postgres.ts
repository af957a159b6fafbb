import { randomBytes } from 'node:crypto'
import pg from 'pg'

/** Where tests find a PostgreSQL server whose user may create databases. */
export const SERVER_URL = process.env.BEDE_TEST_POSTGRES ?? 'postgres://root@127.0.0.1:5432/test'

/** Why `postgresUrl` answered undefined, for the `skip` of the tests that need a server. */
export const NO_POSTGRES = 'no PostgreSQL server answers; set BEDE_TEST_POSTGRES to the URL of one'

const CONNECT_TIMEOUT_MS = 3000

const created: string[] = []

/**
 * Creates a database that belongs to this test file alone and answers its URL, or undefined when no server answers.
 * It is dropped when the file has nothing left to do: close your connections in `after`.
 *
 *     const url = await postgresUrl()
 *     test('…', { skip: url ? false : NO_POSTGRES }, async () => { … })
 */
export async function postgresUrl(): Promise<string | undefined> {
  const name = `bede_t_${randomBytes(6).toString('hex')}`
  try {
    await onServer(`create database ${name}`)
  } catch (error) {
    if (isUnreachable(error)) return undefined
    throw error
  }
  if (created.length === 0) process.once('beforeExit', dropAll)
  created.push(name)
  const url = new URL(SERVER_URL)
  url.pathname = `/${name}`
  return url.href
}

/** Drops what `postgresUrl` created, connections or not. Runs by itself at the end of the file. */
export async function dropAll(): Promise<void> {
  for (const name of created.splice(0)) await onServer(`drop database if exists ${name} with (force)`)
}

async function onServer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: SERVER_URL, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  client.on('error', () => {}) // a server that goes away fails the query below, which is what reports it
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

function isUnreachable(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return (
    code === 'ECONNREFUSED' ||
    code === 'ENOENT' ||
    code === 'ENOTFOUND' ||
    code === 'EHOSTUNREACH' ||
    (error instanceof Error && error.message.includes('timeout expired'))
  )
}
