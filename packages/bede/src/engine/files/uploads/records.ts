import type { Expr } from '../../../expr/expr.ts'
import type { ValueType } from '../../../expr/value.ts'
import type { Manifest, Shape } from '../../../manifest/manifest.ts'
import { platform } from '../../../manifest/platform/names.ts'
import type { Planner } from '../../../sql/planner.ts'
import type { Connection } from '../../../store/driver.ts'
import { internalCall } from '../../internal-call.ts'
import { bigint, call, field, input, integer, is, text, time, value } from '../../internal-statement.ts'
import { isWritten } from '../../internal-write.ts'
import { listOf, type Members, membersOf, placeNow, textOrNull } from '../read-records.ts'
import type { Keeper } from '../records.ts'
import type { Owner } from '../row-files.ts'

/** A file that is being sent. */
export interface Upload extends Keeper {
  readonly id: string
  readonly of: Owner
  /** What its sender calls it, and says that it is. */
  readonly name: string | null
  readonly type: string | null
  /** Bytes it is to have, and that have come; as many: it has ended. */
  readonly length: number
  readonly received: number
  readonly parts: number
  /** RFC 3339. */
  readonly expiresAt: string
}

/** Some of its bytes, in one piece. */
export interface Part {
  readonly id: string
  readonly start: number
  readonly size: number
}

/** How far an upload is: two who both know that change it one after the other. */
export type Known = Pick<Upload, 'id' | 'received'>

/** The platform's own rows of uploads. Times are RFC 3339. */
export interface UploadRecords {
  find(connection: Connection, id: string): Promise<Upload | undefined>
  add(connection: Connection, upload: Omit<Upload, 'received' | 'parts'>, now: string): Promise<void>
  /** The part came right behind what is known. False: it did not, or somebody puts the parts together. */
  advance(connection: Connection, known: Upload, part: Part, now: string): Promise<boolean>
  /** Whoever is true here puts the parts together, until then. */
  claim(connection: Connection, known: Known, until: string, now: string): Promise<boolean>
  /** Goes on with it until then; null: has given it up. */
  hold(connection: Connection, known: Known, until: string | null): Promise<void>
  /** All of it has come, and its parts are not needed any more. False: that is so already, or it is gone. */
  end(connection: Connection, known: Upload): Promise<boolean>
  forget(connection: Connection, id: string): Promise<void>
  /** In the order of their bytes. */
  parts(connection: Connection, id: string): Promise<readonly Part[]>
  hasPart(connection: Connection, id: string): Promise<boolean>
  /** Some of those whose time was over by then, and that nobody is busy with. */
  expired(connection: Connection, now: string, limit: number): Promise<readonly string[]>
}

const uploadId: ValueType = { kind: 'id', model: platform.upload }
const partId: ValueType = { kind: 'id', model: platform.uploadPart }
const reference: ValueType = { kind: 'ref', model: platform.upload }
const fields = {
  ...{ id: uploadId, model: text, field: text, rowId: text, ownerId: text, network: text, tenant: text },
  ...{ name: text, type: text, length: bigint, received: bigint, parts: integer, expiresAt: time },
}
const partFields = { id: partId, start: bigint, size: bigint }
const inputs = (types: Readonly<Record<string, ValueType>>): Record<string, Expr> =>
  Object.fromEntries(Object.entries(types).map(([name, type]) => [name, input(name, type)]))
const object = (types: Readonly<Record<string, ValueType>>): Shape => ({
  kind: 'object',
  members: Object.fromEntries(Object.entries(types).map(([name, type]) => [name, value(field(name), type, true)])),
})

export function uploadRecords(planner: Planner, manifest: Manifest): UploadRecords {
  const model = platform.upload
  const byId = is('eq', 'id', uploadId)
  const asKnown = call('and', byId, is('eq', 'received', bigint))
  const free = call('or', call('isNull', field('busyUntil')), is('lt', 'busyUntil', time, 'now'))
  const find = internalCall(planner, {
    kind: 'read',
    answers: { kind: 'one', nullable: true, from: { model, as: 'row', where: byId }, item: object(fields) },
  })
  const add = internalCall(planner, { kind: 'write', write: { kind: 'create', model, values: inputs(fields) } })
  const changing = (target: Expr, set: Readonly<Record<string, Expr>>) =>
    internalCall(planner, { kind: 'write', write: { kind: 'update', model, target, set } })
  const advance = changing(call('and', asKnown, free), {
    received: input('next', bigint),
    parts: input('parts', integer),
  })
  const claim = changing(call('and', asKnown, free), { busyUntil: input('until', time) })
  const hold = changing(asKnown, { busyUntil: input('until', time) })
  const end = changing(asKnown, { received: field('length'), busyUntil: input('until', time) })
  const forget = internalCall(planner, { kind: 'write', write: { kind: 'delete', model, target: byId, absent: 'ok' } })
  const addPart = internalCall(planner, {
    kind: 'write',
    write: {
      kind: 'create',
      model: platform.uploadPart,
      values: inputs({ ...partFields, uploadId: reference }),
    },
  })
  const ofUpload = is('eq', 'uploadId', reference)
  const parts = internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'list',
      from: {
        model: platform.uploadPart,
        as: 'row',
        where: ofUpload,
        order: [{ by: field('start'), direction: 'asc' }],
      },
      item: object(partFields),
    },
  })
  const dropParts = internalCall(planner, {
    kind: 'write',
    write: { kind: 'delete', model: platform.uploadPart, target: ofUpload, absent: 'ok' },
  })
  const onePart = internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'one',
      nullable: true,
      from: { model: platform.uploadPart, as: 'row', where: is('eq', 'id', partId) },
      item: object({ id: partId }),
    },
  })
  const expired = internalCall(planner, {
    kind: 'read',
    answers: {
      kind: 'list',
      from: {
        model,
        as: 'row',
        where: call('and', is('lt', 'expiresAt', time, 'now'), free),
        limit: input('limit', integer),
      },
      item: object({ id: uploadId }),
    },
  })

  const uploadOf = (found: Members): Upload => {
    const { model, field: of, rowId, id, expiresAt, length, received, parts } = found
    return {
      id: String(id),
      of: { ...placeNow(manifest, { model: String(model), field: String(of) }), rowId: String(rowId) },
      ownerId: textOrNull(found.ownerId),
      network: textOrNull(found.network),
      tenant: textOrNull(found.tenant),
      name: textOrNull(found.name),
      type: textOrNull(found.type),
      length: Number(length),
      received: Number(received),
      parts: Number(parts),
      expiresAt: String(expiresAt),
    }
  }

  return {
    async find(connection, id) {
      const found = membersOf(await find.run(connection, { id }))
      return found && uploadOf(found)
    },
    async add(connection, { of, length, ...upload }, now) {
      await add.run(connection, { ...upload, ...of, length: String(length), received: '0', parts: 0 }, { now })
    },
    advance: (connection, { id, received, parts }, part, now) =>
      connection.transaction(async (inner) => {
        const next = String(part.start + part.size)
        const known = { id, received: String(received) }
        if (!isWritten(await advance.run(inner, { ...known, next, parts: parts + 1, now }))) return false
        const { start, size } = part
        await addPart.run(inner, { id: part.id, uploadId: id, start: String(start), size: String(size) })
        return true
      }),
    claim: async (connection, { id, received }, until, now) =>
      isWritten(await claim.run(connection, { id, received: String(received), until, now })),
    hold: async (connection, { id, received }, until) =>
      void (await hold.run(connection, { id, received: String(received), until })),
    async end(connection, { id, received }) {
      if (!isWritten(await end.run(connection, { id, received: String(received), until: null }))) return false
      await dropParts.run(connection, { uploadId: id })
      return true
    },
    forget: async (connection, id) => void (await forget.run(connection, { id })),
    parts: async (connection, id) =>
      listOf(await parts.run(connection, { uploadId: id })).map((found) => ({
        id: String(found.id),
        start: Number(found.start),
        size: Number(found.size),
      })),
    hasPart: async (connection, id) => membersOf(await onePart.run(connection, { id })) !== undefined,
    expired: async (connection, now, limit) =>
      listOf(await expired.run(connection, { now, limit })).map(({ id }) => String(id)),
  }
}
