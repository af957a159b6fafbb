import assert from 'node:assert/strict'
import { after } from 'node:test'
import type { OperationCall } from '../../../src/engine/call.ts'
import { type Backend, start } from '../../../src/identity/start.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import type { Problem } from '../../../src/telemetry/problem.ts'
import type { TestStore } from '../../support/stores.ts'
import { wholeOf } from '../../support/whole.ts'
import { archive } from './archive.ts'
import { problemOf } from './running.ts'

export const ana = { id: '00000000-0000-7000-8000-00000000000a', role: 'member' }
export const bea = { id: '00000000-0000-7000-8000-00000000000b', role: 'member' }
export const keeper = { ...ana, role: 'keeper' }
const whole = wholeOf(['folder', 'page', 'loan', 'mark', 'bede.history_folder', 'bede.history_page'])

/** The archive on one store, begun at the first use. Its clock goes on by a second with every call. */
export function archiveOn(store: TestStore) {
  let started: Promise<Backend> | undefined
  let clock = Date.parse('2026-01-01T00:00:00Z')
  const backend = (): Promise<Backend> => (started ??= begin())
  after(async () => (await started)?.close())

  async function begin(): Promise<Backend> {
    const made = await start(archive(), {
      database: store.url,
      mode: 'development',
      log: createLogger({ write: () => {} }),
      clock: () => {
        clock += 1000
        return new Date(clock)
      },
    })
    for (const { id } of [ana, bea]) await made.connection.script(`insert into person (id, name) values ('${id}', 'x')`)
    return made
  }
  const rows = async (sql: string) => (await backend()).connection.query({ sql, params: [], shape: [] })
  // biome-ignore lint/suspicious/noExplicitAny: a test says what is in an answer by asserting it
  const as = async (actor: OperationCall['actor'], operation: string, input: unknown = {}): Promise<any> => {
    const { answer } = await (await backend()).engine.call({ operation, input, actor })
    return answer.kind === 'json' ? JSON.parse(answer.text) : undefined
  }
  const content = async (): Promise<string> => JSON.stringify(await rows(whole))
  const refused = async (code: string, work: () => Promise<unknown>): Promise<Problem> => {
    const before = await content()
    const problem = await problemOf(work)
    assert.equal(problem.code, code, problem.message)
    assert.equal(await content(), before, 'the refusal changed something')
    return problem
  }
  return { as, rows, refused, now: () => new Date(clock).toISOString() }
}
