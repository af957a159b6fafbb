import type { Expr } from '../../expr/expr.ts'
import type { Json, ValueType } from '../../expr/value.ts'
import { eq, rowField } from '../../manifest/exposed/row.ts'
import type { Manifest, Shape } from '../../manifest/manifest.ts'
import { platform } from '../../manifest/platform/names.ts'
import type { KeptFile } from '../../model/file.ts'
import type { Planner } from '../../sql/planner.ts'
import { type Row, textOf } from '../../sql/statement.ts'
import type { Connection } from '../../store/driver.ts'
import { internalCall } from '../internal-call.ts'

/** Of which row a file is: its id as text. */
export interface Owner {
  readonly model: string
  readonly field: string
  readonly rowId: string
}

export interface FileRecord extends KeptFile {
  /** Null: a handler keeps it. */
  readonly of: Owner | null
  /** Who brought it. */
  readonly ownerId: string | null
}

/** What all files of one account are together. */
export interface Usage {
  readonly count: number
  readonly bytes: number
}

/** The platform's own rows of files, and which file a row says it has: with the rights of the system. */
export interface FileRecords {
  find(connection: Connection, id: string): Promise<FileRecord | undefined>
  add(connection: Connection, record: FileRecord, now: string): Promise<void>
  /** It belongs to a row from now on. False: it is no handler's any more. */
  give(connection: Connection, id: string, of: Owner): Promise<boolean>
  forget(connection: Connection, id: string): Promise<void>
  usage(connection: Connection, ownerId: string): Promise<Usage>
  /** Files that belong to rows, by id, the first `limit` after `after`. */
  page(connection: Connection, after: string, limit: number): Promise<readonly FileRecord[]>
  /** The ids of the files that these rows have in a field, deleted rows that are kept among them. Undefined: there is no such field. */
  held(
    connection: Connection,
    of: Pick<Owner, 'model' | 'field'>,
    rowIds: readonly string[],
  ): Promise<ReadonlySet<string> | undefined>
  /** The id of the file that a living row has; undefined: none, or there is no such row. */
  current(connection: Connection, of: Owner): Promise<string | undefined>
}

const model = platform.file
const text: ValueType = { kind: 'text' }
const whole: ValueType = { kind: 'integer' }
const id: ValueType = { kind: 'id', model }
const input = (name: string, type: ValueType): Expr => ({ kind: 'input', path: [name], type })
const call = (fn: 'gt' | 'and' | 'isNull' | 'isNotNull' | 'in', ...args: Expr[]): Expr => ({ kind: 'call', fn, args })
const shown = (name: string, type: ValueType, nullable = false): Shape => ({
  kind: 'value',
  expr: rowField(name),
  type,
  ...(nullable && { nullable: true as const }),
})
/** The first of all ids: every UUID is after it. */
export const beforeAll = '00000000-0000-0000-0000-000000000000'

const record: Shape = {
  kind: 'object',
  members: {
    id: shown('id', id),
    model: shown('model', text, true),
    field: shown('field', text, true),
    rowId: shown('rowId', text, true),
    ownerId: shown('ownerId', text, true),
    name: shown('name', text, true),
    type: shown('type', text),
    size: shown('size', whole),
    sha256: shown('sha256', text),
    width: shown('width', whole, true),
    height: shown('height', whole, true),
  },
}
const columns = { model: text, field: text, rowId: text, ownerId: text, name: text, type: text, sha256: text }
const numbers = { size: whole, width: whole, height: whole }

export function fileRecords(planner: Planner, manifest: Manifest): FileRecords {
  const byId = eq(rowField('id'), input('id', id))
  const find = internalCall(planner, {
    kind: 'read',
    answers: { kind: 'one', nullable: true, from: { model, as: 'row', where: byId }, item: record },
  })
  const add = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model,
      values: Object.fromEntries(
        Object.entries({ id, ...columns, ...numbers }).map(([name, type]) => [name, input(name, type)]),
      ),
    },
  })
  const give = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'update',
      model,
      target: call('and', byId, call('isNull', rowField('model'))),
      set: { model: input('model', text), field: input('field', text), rowId: input('rowId', text) },
    },
  })
  const forget = internalCall(planner, {
    kind: 'write',
    write: { kind: 'delete', model, target: byId, absent: 'ok' },
  })
  const owned = { model, as: 'file', where: eq({ kind: 'field', row: 'file', field: 'ownerId' }, input('owner', text)) }
  const usage = internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'object',
      members: {
        count: { kind: 'value', expr: { kind: 'aggregate', fn: 'count', from: owned }, type: whole },
        bytes: {
          kind: 'value',
          expr: { kind: 'aggregate', fn: 'sum', from: owned, of: { kind: 'field', row: 'file', field: 'size' } },
          type: { kind: 'bigint' },
          nullable: true,
        },
      },
    },
  })
  const page = internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'list',
      from: {
        model,
        as: 'row',
        where: call('and', call('gt', rowField('id'), input('after', id)), call('isNotNull', rowField('model'))),
        order: [{ by: rowField('id'), direction: 'asc' }],
        limit: input('limit', whole),
      },
      item: record,
    },
  })
  const rows = rowReads(planner, manifest)

  return {
    async find(connection, id) {
      const found = json(await find.run(connection, { id }))
      return found === null ? undefined : recordOf(found)
    },
    async add(connection, { of, ...record }, now) {
      const owner = { model: of?.model ?? null, field: of?.field ?? null, rowId: of?.rowId ?? null }
      await add.run(connection, { ...record, ...owner }, { now })
    },
    give: async (connection, id, { model, field, rowId }) =>
      (await give.run(connection, { id, model, field, rowId }))?.[0] === '1',
    forget: async (connection, id) => void (await forget.run(connection, { id })),
    async usage(connection, owner) {
      const found = json(await usage.run(connection, { owner }))
      return { count: Number(found?.count ?? 0), bytes: Number(found?.bytes ?? 0) }
    },
    async page(connection, after, limit) {
      const found: unknown = json(await page.run(connection, { after, limit }))
      return Array.isArray(found) ? found.map(recordOf) : []
    },
    held: rows.held,
    current: async (connection, { rowId, ...of }) => [...((await rows.living(connection, of, [rowId])) ?? [])][0],
  }
}

type Members = { readonly [name: string]: Json }

/** The body of a read: an object, a list, or null. */
const json = (row: Row | undefined): Members | null => JSON.parse(row?.[0] == null ? 'null' : textOf(row[0]))

const recordOf = (found: Members): FileRecord => {
  const { model, field, rowId, ownerId, ...file } = found
  return {
    // As the database wrote it, by the shape above.
    ...(file as unknown as KeptFile),
    ownerId: ownerId === null ? null : String(ownerId),
    of: model === null ? null : { model: String(model), field: String(field), rowId: String(rowId) },
  }
}

/** Which files rows say they have. */
function rowReads(planner: Planner, manifest: Manifest) {
  const made = new Map<string, ReturnType<typeof internalCall>>()
  const read = (name: string, field: string, deleted: boolean) => {
    const known = made.get(`${name} ${field} ${deleted}`)
    const definition = Object.hasOwn(manifest.models, name) ? manifest.models[name] : undefined
    const idType = definition?.fields[definition.id]?.type
    if (known || !definition?.fields[field]?.file || !idType || (deleted && !definition.softDelete)) return known
    const call = internalCall(planner, {
      kind: 'read',
      answers: {
        kind: 'list',
        from: {
          model: name,
          as: 'row',
          ...(deleted && { deleted: true as const }),
          where: {
            kind: 'call',
            fn: 'in',
            args: [rowField(definition.id), input('ids', { kind: 'array', of: idType })],
          },
        },
        item: { kind: 'value', expr: rowField(field), type: { kind: 'json' }, nullable: true },
      },
    })
    made.set(`${name} ${field} ${deleted}`, call)
    return call
  }
  const idsFor = (name: string, rowIds: readonly string[]): Json[] => {
    const definition = manifest.models[name]
    const integer = definition?.fields[definition.id]?.type.integer
    return rowIds.map((one) => (integer ? Number(one) : one))
  }
  const living = async (
    connection: Connection,
    { model: name, field }: Pick<Owner, 'model' | 'field'>,
    rowIds: readonly string[],
    deleted = false,
  ): Promise<ReadonlySet<string> | undefined> => {
    const asked = read(name, field, deleted)
    if (!asked) return undefined
    const found: unknown = json(await asked.run(connection, { ids: idsFor(name, rowIds) }))
    return new Set(Array.isArray(found) ? found.flatMap((one) => (one?.id === undefined ? [] : [String(one.id)])) : [])
  }
  return {
    living,
    async held(connection: Connection, of: Pick<Owner, 'model' | 'field'>, rowIds: readonly string[]) {
      const alive = await living(connection, of, rowIds)
      const deleted = await living(connection, of, rowIds, true)
      return alive && new Set([...alive, ...(deleted ?? [])])
    },
  }
}
