import { after } from 'node:test'
import { type Actor, type OperationCall, type Outcome, system } from '../../../src/engine/call.ts'
import { argon2Hasher, type Hasher } from '../../../src/engine/hasher.ts'
import { type Backend, type StartOptions, start } from '../../../src/identity/start.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { isProblem, type Problem } from '../../../src/telemetry/problem.ts'
import { type TestStore, testStores } from '../../support/stores.ts'
import { wholeOf } from '../../support/whole.ts'
import { club } from './club.ts'

export interface Running {
  readonly backend: Backend
  /** Every line that was logged. */
  readonly lines: string[]
  /** How often a password was verified, and against what. */
  readonly verified: { hash: string; secret: string }[]
  /** A new member, as its own actor. */
  member(name: string, role?: 'member' | 'editor'): Promise<Actor>
  /** Calls as this actor and gives the answer parsed. */
  as(
    actor: OperationCall['actor'],
    operation: string,
    input?: unknown,
    more?: Partial<OperationCall>,
    // biome-ignore lint/suspicious/noExplicitAny: a test says what is in an answer by asserting it
  ): Promise<Outcome & { readonly json: any }>
  /** Text that is the same as long as no table has changed. */
  fingerprint(): Promise<string>
  rows(sql: string): Promise<readonly (readonly (string | null)[])[]>
  /** The test's own clock, when it is set. */
  time: { now?: Date }
}

/** The club on each store, one backend per test file. */
export async function clubs(
  options: Partial<StartOptions> = {},
): Promise<readonly { store: TestStore; run: () => Promise<Running> }[]> {
  const stores = await testStores()
  return stores.map((store) => {
    let running: Promise<Running> | undefined
    after(async () => (await running)?.backend.close())
    return { store, run: () => (running ??= clubOn(store.url, options)) }
  })
}

/** Tables whose content no refusal may change. */
const whole = wholeOf(['member', 'note', 'ticket', '"lock"', 'bede.outbox', 'bede.idempotency', 'bede.session'])

export async function clubOn(url: string, options: Partial<StartOptions> = {}): Promise<Running> {
  const lines: string[] = []
  const verified: Running['verified'] = []
  const time: Running['time'] = {}
  const real = argon2Hasher()
  const hasher: Hasher = {
    ...real,
    verify: (hash, secret) => {
      verified.push({ hash, secret })
      return real.verify(hash, secret)
    },
  }
  const backend = await start(club(), {
    database: url,
    mode: 'development',
    log: createLogger({ level: 'debug', write: (line) => lines.push(line) }),
    hasher,
    clock: () => time.now ?? new Date(),
    ...options,
  })
  const rows = (sql: string) => backend.connection.query({ sql, params: [], shape: [] })
  return {
    backend,
    lines,
    verified,
    time,
    rows,
    async member(name, role = 'member') {
      const [row] = await rows(
        `insert into member (id, email, name, password, role, joined_at) values (gen_random_uuid(), '${name}@example.com', '${name}', 'no hash', '${role}', now()) returning id::text`,
      )
      return { id: row?.[0] ?? '', role }
    },
    async as(actor, operation, input = {}, more = {}) {
      const outcome = await backend.engine.call({ operation, input, actor, ...more })
      return { ...outcome, json: outcome.answer.kind === 'json' ? JSON.parse(outcome.answer.text) : undefined }
    },
    fingerprint: async () => JSON.stringify(await rows(whole)),
  }
}

/** The Problem that `work` throws, and proof that it left everything as it was. */
export async function refused(running: Running, work: () => Promise<unknown>): Promise<Problem> {
  const before = await settled(running)
  const problem = await problemOf(work)
  if ((await running.fingerprint()) !== before) throw new Error(`the refusal ${problem.code} changed something`)
  return problem
}

/** The fingerprint when nothing changes any more: an earlier call may have left work behind that nobody waits for. */
async function settled(running: Running): Promise<string> {
  let last = await running.fingerprint()
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    const now = await running.fingerprint()
    if (now === last) return now
    last = now
  }
}

export async function problemOf(work: () => Promise<unknown>): Promise<Problem> {
  try {
    await work()
  } catch (error) {
    if (isProblem(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

export const asSystem = system('a test')
