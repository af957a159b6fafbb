import type { ModelDefinition } from '../../model/definition.ts'
import { createdAt, generatedId, text } from './columns.ts'
import { platform, platformSchema } from './names.ts'

export const secret: ModelDefinition = {
  schema: platformSchema,
  table: 'secret',
  id: 'id',
  fields: {
    id: generatedId(platform.secret),
    name: text('name', { unique: true, immutable: true }),
    value: text('value'),
    createdAt,
  },
  relations: {},
  indexes: [{ name: 'bede_secret_name', fields: ['name'], unique: true }],
  checks: [],
}
