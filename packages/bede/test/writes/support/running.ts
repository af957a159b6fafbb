import { after } from 'node:test'
import type { Actor, OperationCall, Outcome } from '../../../src/engine/call.ts'
import { type Backend, start } from '../../../src/identity/start.ts'
import type { App } from '../../../src/index.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { isProblem, type Problem } from '../../../src/telemetry/problem.ts'
import { type TestStore, testStores } from '../../support/stores.ts'
import { wholeOf } from '../../support/whole.ts'

export interface Running {
  readonly backend: Backend
  as(
    actor: OperationCall['actor'],
    operation: string,
    input?: unknown,
    more?: Partial<OperationCall>,
    // biome-ignore lint/suspicious/noExplicitAny: a test says what is in an answer by asserting it
  ): Promise<Outcome & { readonly json: any }>
  rows(sql: string): Promise<readonly (readonly (string | null)[])[]>
  /** All rows of these tables, as text. */
  everything(): Promise<string>
}

/** An app on each store: one backend per test file and store. */
export async function running(
  app: App,
  tables: readonly string[],
): Promise<readonly { store: TestStore; run: () => Promise<Running> }[]> {
  return (await testStores()).map((store) => {
    let running: Promise<Running> | undefined
    after(async () => (await running)?.backend.close())
    return { store, run: () => (running ??= open(app, store.url, tables)) }
  })
}

async function open(app: App, url: string, tables: readonly string[]): Promise<Running> {
  const backend = await start(app, {
    database: url,
    mode: 'development',
    log: createLogger({ level: 'error', write: () => {} }),
  })
  const rows = (sql: string) => backend.connection.query({ sql, params: [], shape: [] })
  const whole = wholeOf([...tables, 'bede.outbox'])
  return {
    backend,
    rows,
    async as(actor, operation, input = {}, more = {}) {
      const outcome = await backend.engine.call({ operation, input, actor, ...more })
      return { ...outcome, json: outcome.answer.kind === 'json' ? JSON.parse(outcome.answer.text) : undefined }
    },
    everything: async () => JSON.stringify(await rows(whole)),
  }
}

/** The Problem that `work` throws. */
export async function problemOf(work: () => Promise<unknown>): Promise<Problem> {
  try {
    await work()
  } catch (error) {
    if (isProblem(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

/** The Problem that `work` throws, and proof that it left everything as it was. */
export async function refused(on: Running, work: () => Promise<unknown>): Promise<Problem> {
  const before = await on.everything()
  const problem = await problemOf(work)
  if ((await on.everything()) !== before) throw new Error(`the refusal ${problem.code} changed something`)
  return problem
}

/** How the calls of a race ended: `ok`, or the code of the refusal, each with how often. */
export async function ended(calls: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const outcome of await Promise.allSettled(calls)) {
    const name =
      outcome.status === 'fulfilled' ? 'ok' : isProblem(outcome.reason) ? outcome.reason.code : String(outcome.reason)
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

export const times = <T>(n: number, f: (index: number) => T): T[] => Array.from({ length: n }, (_, index) => f(index))

export const idOf = (n: number): string => `0190a1b2-c3d4-7e5f-8a9b-${String(n).padStart(12, '0')}`
export const actorOf = (n: number, more: Partial<Actor> = {}): Actor => ({ id: idOf(n), ...more })
