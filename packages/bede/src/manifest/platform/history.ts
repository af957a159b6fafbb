import type { FieldDefinition, ModelDefinition } from '../../model/definition.ts'

/** The model that holds the changes of another one's rows. */
export const historyModel = (model: string): string => `bede_history_${model}`

/** What happened to a row: the operations a policy speaks of. */
export const changes = ['create', 'update', 'delete', 'restore', 'purge'] as const
export type RowChange = (typeof changes)[number]

const text = (column: string): FieldDefinition => ({ type: { kind: 'text' }, column, optional: true, immutable: true })
const json = (column: string): FieldDefinition => ({ type: { kind: 'json' }, column, optional: true, immutable: true })

/**
 * One row per change of a row. The number counts in the order in which the changes happened: a row is locked while it
 * changes. There is no foreign key: what was outlives the row.
 */
export function historyDefinition(
  schema: string,
  name: string,
  { table, fields, id, was }: ModelDefinition,
): ModelDefinition {
  const own = historyModel(name)
  const integer = fields[id]?.type.integer === true
  return {
    schema,
    table: `history_${table}`,
    id: 'id',
    fields: {
      id: {
        type: { kind: 'id', model: own, integer: true },
        column: 'id',
        default: { kind: 'generated' },
        immutable: true,
      },
      rowId: { type: { kind: 'ref', ...(integer && { integer: true as const }) }, column: 'row_id', immutable: true },
      /** By the database's clock, to the millisecond. */
      at: { type: { kind: 'timestamp' }, column: 'at', immutable: true },
      change: { type: { kind: 'choice', choices: [...changes] }, column: 'change', immutable: true },
      operation: text('operation'),
      /** Null: nobody was signed in, or the system did it, and then `reason` says why. */
      actorId: text('actor_id'),
      /** Who really did it, where somebody acted as another. */
      impersonatorId: text('impersonator_id'),
      reason: text('reason'),
      requestId: text('request_id'),
      /** Values by field, of the fields that changed. */
      before: json('before'),
      after: json('after'),
      /** Fields that changed and whose values are not kept. */
      hidden: { type: { kind: 'array', of: { kind: 'text' } }, column: 'hidden', immutable: true },
    },
    relations: {},
    indexes: [{ name: `${own}_row`, fields: ['rowId', 'id'] }],
    checks: [],
    ...(was !== undefined && { was: historyModel(was) }),
    historyOf: name,
  }
}

/** Whether a history keeps what the field held, or only that it changed. */
export const keepsValues = ({ private: hidden, type }: FieldDefinition): boolean =>
  !hidden && type.kind !== 'secret' && type.kind !== 'encrypted' && type.kind !== 'bytes'
