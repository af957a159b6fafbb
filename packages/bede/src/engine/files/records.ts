import type { ValueType } from '../../expr/value.ts'
import type { Manifest, Shape } from '../../manifest/manifest.ts'
import { platform } from '../../manifest/platform/names.ts'
import type { KeptFile } from '../../model/file.ts'
import type { Planner } from '../../sql/planner.ts'
import type { Connection } from '../../store/driver.ts'
import { internalCall } from '../internal-call.ts'
import { bigint, call, field, input, integer, is, text, value } from '../internal-statement.ts'
import { isWritten } from '../internal-write.ts'
import { listOf, type Members, membersOf, placeNow, textOrNull } from './read-records.ts'
import { type Owner, type RowFiles, rowFiles } from './row-files.ts'

/** Who brought a file: the account, or where they came from who have none. Nobody's: the system did it. */
export interface Keeper {
  readonly ownerId: string | null
  readonly network: string | null
  /** The tenant in which the account acted, as text; null: in none. */
  readonly tenant: string | null
}

/** Whether a record is of the same account in the same tenant: in another it is as good as somebody else's (class 33). */
export const isOf = (record: Keeper, { ownerId, tenant }: Keeper): boolean =>
  record.ownerId === ownerId && record.tenant === tenant

export interface FileRecord extends KeptFile, Keeper {
  /** Null: a handler keeps it. */
  readonly of: Owner | null
}

/** A record of a file that is, or was, a row's. */
export interface PlacedRecord {
  readonly id: string
  readonly of: Owner
  /** What its row had it in has been dropped, by a migration that says so: the field of the owner is no name. */
  readonly dropped: boolean
  /** It has names that the declaration has given up since. */
  readonly renamed: boolean
}

/** The platform's own rows of files, and which file a row says it has: with the rights of the system. */
export interface FileRecords extends RowFiles {
  /** Undefined: there is none, or none that anybody has any more. */
  find(connection: Connection, id: string): Promise<FileRecord | undefined>
  /** Whether there is one, also of what has been dropped. */
  has(connection: Connection, id: string): Promise<boolean>
  add(connection: Connection, record: FileRecord, now: string): Promise<void>
  /** It belongs to a row from now on. False: it is no handler's any more. */
  give(connection: Connection, id: string, of: Owner): Promise<boolean>
  /** It is where its row has it, by today's names. */
  move(connection: Connection, id: string, to: Pick<Owner, 'model' | 'field'>): Promise<void>
  forget(connection: Connection, id: string): Promise<void>
  /** Files that belong to rows, by id, the first `limit` after `after`. */
  page(connection: Connection, after: string, limit: number): Promise<readonly PlacedRecord[]>
}

const model = platform.file
const fileId: ValueType = { kind: 'id', model }
const shown = (name: string, type: ValueType, nullable = false): Shape => value(field(name), type, nullable)
/** The first of all ids: every UUID is after it. */
export const beforeAll = '00000000-0000-0000-0000-000000000000'

const record: Shape = {
  kind: 'object',
  members: {
    id: shown('id', fileId),
    model: shown('model', text, true),
    field: shown('field', text, true),
    rowId: shown('rowId', text, true),
    ownerId: shown('ownerId', text, true),
    network: shown('network', text, true),
    tenant: shown('tenant', text, true),
    name: shown('name', text, true),
    type: shown('type', text),
    size: shown('size', bigint),
    sha256: shown('sha256', text),
    width: shown('width', integer, true),
    height: shown('height', integer, true),
  },
}
const columns = { model: text, field: text, rowId: text, ownerId: text, network: text, tenant: text }
const ofBytes = { name: text, type: text, sha256: text, size: bigint, width: integer, height: integer }

/** A migration has dropped the column or table that told of it. */
const isDropped = ({ model, field }: Members): boolean => model != null && field == null

export function fileRecords(planner: Planner, manifest: Manifest): FileRecords {
  const byId = is('eq', 'id', fileId)
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
        Object.entries({ id: fileId, ...columns, ...ofBytes }).map(([name, type]) => [name, input(name, type)]),
      ),
    },
  })
  const give = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'update',
      model,
      target: call('and', byId, call('isNull', field('model'))),
      set: { model: input('model', text), field: input('field', text), rowId: input('rowId', text) },
    },
  })
  const forget = internalCall(planner, {
    kind: 'write',
    write: { kind: 'delete', model, target: byId, absent: 'ok' },
  })
  const move = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'update',
      model,
      target: byId,
      set: { model: input('model', text), field: input('field', text) },
    },
  })
  const page = internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'list',
      from: {
        model,
        as: 'row',
        where: call('and', is('gt', 'id', fileId, 'after'), call('isNotNull', field('model'))),
        order: [{ by: field('id'), direction: 'asc' }],
        limit: input('limit', integer),
      },
      item: record,
    },
  })

  const recordOf = ({ model, field, rowId, ownerId, network, tenant, size, ...file }: Members): FileRecord => ({
    // As the database wrote it, by the shape above.
    ...(file as unknown as KeptFile),
    size: Number(size),
    ownerId: textOrNull(ownerId),
    network: textOrNull(network),
    tenant: textOrNull(tenant),
    of:
      model == null
        ? null
        : { ...placeNow(manifest, { model: String(model), field: String(field) }), rowId: String(rowId) },
  })

  return {
    async find(connection, id) {
      const found = membersOf(await find.run(connection, { id }))
      return found && !isDropped(found) ? recordOf(found) : undefined
    },
    has: async (connection, id) => membersOf(await find.run(connection, { id })) !== undefined,
    async add(connection, { of, size, ...record }, now) {
      const owner = { model: of?.model ?? null, field: of?.field ?? null, rowId: of?.rowId ?? null }
      await add.run(connection, { ...record, ...owner, size: String(size) }, { now })
    },
    give: async (connection, id, { model, field, rowId }) =>
      isWritten(await give.run(connection, { id, model, field, rowId })),
    move: async (connection, id, to) => void (await move.run(connection, { id, ...to })),
    forget: async (connection, id) => void (await forget.run(connection, { id })),
    async page(connection, after, limit) {
      return listOf(await page.run(connection, { after, limit })).flatMap((found): PlacedRecord[] => {
        const { of } = recordOf(found)
        if (!of) return []
        const renamed = of.model !== found.model || of.field !== found.field
        return [{ id: String(found.id), of, dropped: isDropped(found), renamed }]
      })
    },
    ...rowFiles(planner, manifest),
  }
}
