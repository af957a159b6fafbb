import { UUID } from '../../expr/memory.ts'
import type { Json, ValueType } from '../../expr/value.ts'
import type { FilePlace } from '../../manifest/files.ts'
import type { Manifest, Shape } from '../../manifest/manifest.ts'
import type { Planner } from '../../sql/planner.ts'
import type { Connection } from '../../store/driver.ts'
import { type InternalCall, internalCall } from '../internal-call.ts'
import { call, field, input, json, value } from '../internal-statement.ts'
import { listOf } from './read-records.ts'

/** Of which row a file is: its id as text. */
export interface Owner extends FilePlace {
  readonly rowId: string
}

/** Which files rows say they have, asked with the rights of the system. */
export interface RowFiles {
  /**
   * The files that these rows have, by id, each with the field it is in: deleted rows that are kept count as well.
   * Undefined: there is no such model.
   */
  held(
    connection: Connection,
    model: string,
    rowIds: readonly string[],
  ): Promise<ReadonlyMap<string, string> | undefined>
  /** Whether this version knows the place: another may. */
  knows(place: FilePlace): boolean
  /** The id of the file that a living row has; undefined: none, or there is no such row. */
  current(connection: Connection, of: Owner): Promise<string | undefined>
}

const fileOf = ({ models }: Manifest, { model, field }: FilePlace) => {
  const fields = Object.hasOwn(models, model) ? (models[model]?.fields ?? {}) : {}
  return Object.hasOwn(fields, field) ? fields[field]?.file : undefined
}

const canBe = (type: ValueType | undefined, id: string): boolean =>
  type?.kind !== 'id' || (type.integer ? Number.isSafeInteger(Number(id)) : UUID.test(id))

export function rowFiles(planner: Planner, manifest: Manifest): RowFiles {
  const made = new Map<string, InternalCall>()
  /** All files of rows of a model. Undefined: it has none, or keeps no deleted rows. */
  const read = (name: string, deleted: boolean): InternalCall | undefined => {
    const known = made.get(`${name} ${deleted}`)
    const definition = Object.hasOwn(manifest.models, name) ? manifest.models[name] : undefined
    const idType = definition?.fields[definition.id]?.type
    if (known || !definition || !idType || (deleted && !definition.softDelete)) return known
    const files = Object.entries(definition.fields).flatMap(([one, { file }]): [string, Shape][] =>
      file ? [[one, value(field(one), json, true)]] : [],
    )
    if (files.length === 0) return undefined
    const ids = input('ids', { kind: 'array', of: idType })
    const asked = internalCall(planner, {
      kind: 'read',
      answers: {
        kind: 'list',
        from: {
          model: name,
          as: 'row',
          ...(deleted && { deleted: true as const }),
          where: call('in', field(definition.id), ids),
        },
        item: { kind: 'object', members: Object.fromEntries(files) },
      },
    })
    made.set(`${name} ${deleted}`, asked)
    return asked
  }
  const inRows = async (
    connection: Connection,
    model: string,
    rowIds: readonly string[],
    deleted: boolean,
  ): Promise<readonly (readonly [id: string, field: string])[] | undefined> => {
    const asked = read(model, deleted)
    if (!asked) return undefined
    const definition = manifest.models[model]
    const type = definition?.fields[definition.id]?.type
    // Under the name of a model that is gone, another may have ids of another kind.
    const ids: Json[] = rowIds.filter((one) => canBe(type, one)).map((one) => (type?.integer ? Number(one) : one))
    const rows = listOf(await asked.run(connection, { ids }))
    return rows.flatMap((row) =>
      Object.entries(row).flatMap(([field, file]): [string, string][] =>
        typeof file === 'object' && file !== null && 'id' in file ? [[String(file.id), field]] : [],
      ),
    )
  }
  return {
    async held(connection, model, rowIds) {
      const alive = await inRows(connection, model, rowIds, false)
      const deleted = await inRows(connection, model, rowIds, true)
      return alive && new Map([...alive, ...(deleted ?? [])])
    },
    knows: (place) => fileOf(manifest, place) !== undefined,
    async current(connection, { model, field, rowId }) {
      const found = await inRows(connection, model, [rowId], false)
      return found?.find(([, place]) => place === field)?.[0]
    },
  }
}
