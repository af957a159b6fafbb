import { randomBytes } from 'node:crypto'
import type { Driver } from '../../store/driver.ts'
import { databaseCode } from '../../store/migrate/retry.ts'
import { openStore } from '../../store/open.ts'
import { Problem } from '../../telemetry/problem.ts'

/** An empty database that is gone when the rehearsal is over. */
export interface Scratch {
  readonly driver: Driver
  /** For people. */
  readonly name: string
  drop(): Promise<void>
}

/**
 * Makes an empty database: on the same server as `url`, or embedded, in memory, where that is no server. Throws the
 * Problem `cannot-rehearse` where the role may not make one.
 */
export async function makeScratch(url: string | undefined): Promise<Scratch> {
  if (url === undefined || !/^postgres(ql)?:/.test(url)) {
    const driver = openStore('memory://')
    return { driver, name: 'embedded, in memory', drop: () => driver.close() }
  }
  const name = `bede_rehearsal_${randomBytes(6).toString('hex')}`
  const server = openStore(url)
  try {
    await (await server.open()).script(`create database ${name} template template0`)
  } catch (error) {
    await server.close()
    if (databaseCode(error) !== '42501') throw error
    throw new Problem('cannot-rehearse', {
      message:
        'This role may not make a database on the server, and a rehearsal needs one of its own. Nothing was changed.',
      hint: 'Use a role that may (alter role … createdb), or rehearse with made-up rows on the embedded database: leave DATABASE_URL and --database out.',
      cause: error,
    })
  }
  const place = new URL(url)
  place.pathname = `/${name}`
  const driver = openStore({ url: place.href, limits: { statement: 0 } })
  return {
    driver,
    name: `the database ${name} on the same server`,
    async drop() {
      await driver.close()
      await (await server.open()).script(`drop database if exists ${name} with (force)`)
      await server.close()
    },
  }
}
