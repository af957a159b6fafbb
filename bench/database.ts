import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { atEnd } from './cleanup.ts'

/** The server on which measurements make databases of their own. */
const server = process.env.BEDE_BENCH_POSTGRES ?? 'postgres://root@127.0.0.1:5432/test'

/** An empty database for one measurement, and how to be rid of it. */
export async function temporaryDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `bede_bench_${randomBytes(6).toString('hex')}`
  await onServer(`create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: atEnd(() => onServer(`drop database if exists ${name} with (force)`)) }
}

async function onServer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
