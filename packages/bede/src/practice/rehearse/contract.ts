import { system } from '../../engine/call.ts'
import { type Backend, start } from '../../identity/start.ts'
import type { CompiledOperation, InputField, Manifest } from '../../manifest/manifest.ts'
import { andForget } from '../../store/catalog/expected.ts'
import type { Connection, Driver } from '../../store/driver.ts'
import { silent } from '../../telemetry/logger.ts'
import { isProblem } from '../../telemetry/problem.ts'

/** What the version before answered to one operation. */
export interface Answered {
  readonly operation: string
  /** The HTTP status, or the code of the refusal. */
  readonly status: string
  /** The answer of an operation that only reads. */
  readonly body?: string
}

/** One operation of the version before, on the database before and after the migration. */
export interface Kept {
  readonly operation: string
  readonly before: string
  readonly after: string
  readonly same: boolean
}

/** Which operations could not be called, and why: nobody knows what to send them. */
export interface ContractRun {
  readonly answers: readonly Answered[]
  readonly left: readonly string[]
}

/** The rows whose ids operations are called with, by model: chosen once, so that both runs ask for the same. */
export type Samples = Map<string, string>

/**
 * Calls every compiled operation of a version whose input can be made up, as the system, through the one door. Nothing of
 * it stays: each runs in a transaction that is rolled back, so that both runs find the same rows.
 */
export async function runContract(manifest: Manifest, driver: Driver, samples: Samples): Promise<ContractRun> {
  const connection = await driver.open()
  const trial = trialOf(connection)
  const kept: Driver = { name: driver.name, open: async () => trial.connection, close: async () => {} }
  const backend = await start(
    { manifest },
    { driver: kept, mode: 'production', mail: 'elsewhere', files: 'elsewhere', log: silent },
  )
  try {
    const answers: Answered[] = []
    const left: string[] = []
    for (const [name, operation] of Object.entries(manifest.operations)) {
      if (operation.kind === 'invoke') continue
      const input = await inputOf(operation, connection, manifest, samples)
      if (input === undefined) left.push(name)
      else answers.push(await trial.run(() => answerOf(backend, name, operation, input)))
    }
    return { answers, left }
  } finally {
    await backend.close()
  }
}

/** A connection whose work, while a trial runs, belongs to a transaction that is then forgotten. */
function trialOf(connection: Connection) {
  let current: Connection | undefined
  return {
    connection: {
      query: (statement, options) =>
        current
          ? current.transaction((inner) => inner.query(statement, options))
          : connection.query(statement, options),
      transaction: (f, options) => (current ? current.transaction(f) : connection.transaction(f, options)),
      script: (sql) => (current ?? connection).script(sql),
    } satisfies Connection,
    async run<T>(f: () => Promise<T>): Promise<T> {
      try {
        return await andForget(connection, (transaction) => {
          current = transaction
          return f()
        })
      } finally {
        current = undefined
      }
    },
  }
}

async function answerOf(
  backend: Backend,
  operation: string,
  { kind }: CompiledOperation,
  input: unknown,
): Promise<Answered> {
  try {
    const { status, answer } = await backend.call(operation, input, system('rehearsal of a migration'))
    const body = kind === 'read' && answer.kind === 'json' ? { body: answer.text } : {}
    return { operation, status: String(status), ...body }
  } catch (error) {
    return { operation, status: isProblem(error) ? error.code : 'internal' }
  }
}

/** A made-up input; undefined where one of its required values cannot be made up. */
async function inputOf(
  operation: CompiledOperation,
  connection: Connection,
  manifest: Manifest,
  samples: Samples,
): Promise<Record<string, unknown> | undefined> {
  const input: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(operation.input)) {
    if (field.optional || field.default !== undefined) continue
    const value = await valueFor(field, name, connection, manifest, samples)
    if (value === undefined) return undefined
    input[name] = value
  }
  return input
}

async function valueFor(
  field: InputField,
  name: string,
  connection: Connection,
  manifest: Manifest,
  samples: Samples,
): Promise<unknown> {
  const { type, pattern, fields } = field
  if (pattern !== undefined) return undefined
  switch (type.kind) {
    case 'id':
    case 'ref':
      return type.model === undefined
        ? undefined
        : sample(type.model, type.integer === true, connection, manifest, samples)
    case 'choice':
      return type.choices?.[0]
    case 'text':
      return `${name} rehearsed`.slice(0, typeof field.max === 'number' ? field.max : undefined)
    case 'integer':
      return typeof field.min === 'number' ? field.min : 1
    case 'boolean':
      return true
    case 'email':
      return `${name}.rehearsed@example.com`
    case 'url':
      return 'https://example.com/rehearsed'
    case 'slug':
      return `${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-rehearsed`
    case 'timestamp':
      return '2024-01-01T00:00:00Z'
    case 'date':
      return '2024-01-01'
    default: {
      if (!fields) return undefined
      const found: Record<string, unknown> = {}
      for (const [member, inner] of Object.entries(fields)) {
        if (inner.optional || inner.default !== undefined) continue
        const value = await valueFor(inner, member, connection, manifest, samples)
        if (value === undefined) return undefined
        found[member] = value
      }
      return found
    }
  }
}

/** The id of some row of a model, the same for as long as the same samples are used. */
async function sample(
  name: string,
  integer: boolean,
  connection: Connection,
  { models }: Manifest,
  samples: Samples,
): Promise<unknown> {
  const model = models[name]
  if (!model) return undefined
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
  const key = quoted(model.fields[model.id]?.column ?? model.id)
  const table = `${quoted(model.schema ?? 'public')}.${quoted(model.table)}`
  let id = samples.get(name)
  if (id === undefined) {
    const rows = await connection.query({
      sql: `select ${key}::text from ${table} order by ${key} limit 1`,
      params: [],
      shape: ['id'],
    })
    id = rows[0]?.[0] ?? undefined
    if (id === undefined) return undefined
    samples.set(name, id)
  }
  return integer ? Number(id) : id
}

/** Puts both runs side by side. */
export function compareRuns(before: ContractRun, after: ContractRun): readonly Kept[] {
  const later = new Map(after.answers.map((answer) => [answer.operation, answer]))
  return before.answers.map(({ operation, status, body }) => {
    const now = later.get(operation)
    const same = now !== undefined && now.status === status && now.body === body
    return { operation, before: status, after: now?.status ?? 'not called', same }
  })
}
