import type { ModelDefinition } from '../../model/definition.ts'
import { createdAt, generatedId, json, text } from './columns.ts'
import { platform, platformSchema } from './names.ts'

export const outbox: ModelDefinition = {
  schema: platformSchema,
  table: 'outbox',
  id: 'id',
  fields: {
    id: generatedId(platform.outbox),
    event: text('event', { immutable: true }),
    payload: json('payload', { immutable: true }),
    createdAt,
  },
  relations: {},
  indexes: [],
  checks: [],
}
