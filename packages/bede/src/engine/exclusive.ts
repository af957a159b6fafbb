import { createHash } from 'node:crypto'
import { evaluate } from '../expr/evaluate.ts'
import type { Json } from '../expr/value.ts'
import type { Exclusive, Operation } from '../manifest/manifest.ts'
import { lockStatement } from '../sql/lock.ts'
import type { Connection } from '../store/driver.ts'
import type { StopSignal } from '../store/stop.ts'
import { Problem } from '../telemetry/problem.ts'
import { isSystem, type OperationCall } from './call.ts'
import { canonicalJson } from './canonical.ts'
import type { Input } from './input/validate.ts'
import type { Runtime } from './runtime.ts'

/** The locks one call takes, in the order in which everybody takes them. */
export interface Locks {
  /** 64-bit numbers as text, sorted, each once. */
  readonly keys: readonly string[]
  readonly wait: boolean
}

interface Locking {
  readonly operation: Operation
  readonly call: Pick<OperationCall, 'actor'>
  readonly input: Input
  readonly now: string
}

/**
 * The locks of a call; undefined when its operation has none. A key is the first half of a SHA-256 over the group and the
 * value, so that two values share a lock by accident only once in 2^64, and then wait for nothing worse than each other.
 */
export function locksOf({ operation, call, input, now }: Locking): Locks | undefined {
  const { exclusive } = operation
  if (!exclusive) return undefined
  const actor = isSystem(call.actor) ? null : call.actor
  const values = (exclusive.keys ?? []).map((key) =>
    evaluate(key, { input, actor, now, rows: {}, fieldType: noRows, rowsOf: noRows }),
  )
  return locksFor(exclusive.group, exclusive.keys && values, waits(exclusive))
}

/** The locks of these values of a group; of the group itself, where there are none. */
export function locksFor(group: string, values: readonly Json[] | undefined, wait: boolean): Locks {
  const texts = values ? values.map((value) => canonicalJson([group, value])) : [canonicalJson([group])]
  const numbers = [...new Set(texts.map(lockNumber))].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return { keys: numbers.map(String), wait }
}

const waits = ({ wait }: Exclusive): boolean => wait !== false

const lockNumber = (text: string): bigint =>
  createHash('sha256').update(`bede exclusive ${text}`).digest().readBigInt64BE(0)

const noRows = (): never => {
  throw new Problem('internal', { message: 'A key of exclusive reads rows' })
}

/** Takes the locks until the end of this transaction, in their order: two that want the same two never wait in a circle. */
export async function lock(connection: Connection, { keys, wait }: Locks, signal: StopSignal): Promise<void> {
  const [row] = await connection.query(lockStatement(keys, wait), { signal })
  if (!wait && row?.[0] !== 'true') throw taken()
}

const taken = (): Problem => new Problem('locked', { retryAfter: 1 })

/** Who holds a key in this process, and who waits for it. */
type Lines = Map<string, (() => void)[]>
const lines = new WeakMap<Runtime, Lines>()

/**
 * Runs `work` when nobody else in this process has these locks. Whoever waits here holds no session of the database: a
 * crowd on one key leaves the pool to everybody else. Throws the signal's reason when it aborts first.
 */
export async function inLine<T>(
  runtime: Runtime,
  { keys, wait }: Locks,
  signal: StopSignal,
  work: () => Promise<T>,
): Promise<T> {
  const all = lines.get(runtime) ?? new Map<string, (() => void)[]>()
  lines.set(runtime, all)
  const held: string[] = []
  try {
    for (const key of keys) {
      await enter(all, key, wait, signal)
      held.push(key)
    }
    return await work()
  } finally {
    for (const key of held) leave(all, key)
  }
}

async function enter(all: Lines, key: string, wait: boolean, signal: StopSignal): Promise<void> {
  const line = all.get(key)
  if (!line) {
    all.set(key, [])
    return
  }
  if (!wait) throw taken()
  if (signal.aborted) throw signal.reason
  await new Promise<void>((resolve, reject) => {
    const admit = (): void => {
      signal.removeEventListener('abort', giveUp)
      resolve()
    }
    const giveUp = (): void => {
      line.splice(line.indexOf(admit), 1)
      reject(signal.reason)
    }
    signal.addEventListener('abort', giveUp, { once: true })
    line.push(admit)
  })
}

function leave(all: Lines, key: string): void {
  const next = all.get(key)?.shift()
  if (next)
    next() // hands the key over: it stays held
  else all.delete(key)
}
