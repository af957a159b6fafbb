import type { ModelDefinition } from '../../model/definition.ts'
import { generatedId, integer, text, time } from './columns.ts'
import { platform, platformSchema } from './names.ts'

/** How often something was done in the time that is counted: what may be done only so often, by whatever it is counted for. */
export const allowance: ModelDefinition = {
  schema: platformSchema,
  table: 'allowance',
  id: 'id',
  fields: {
    id: generatedId(platform.allowance),
    /** SHA-256 of what is counted and for whom, in hex: it holds no address of anybody. */
    key: text('key', { unique: true, immutable: true }),
    used: integer('used'),
    /** When the time that is counted began. */
    since: time('since'),
  },
  relations: {},
  indexes: [
    { name: 'bede_allowance_key', fields: ['key'], unique: true },
    { name: 'bede_allowance_since', fields: ['since'] },
  ],
  checks: [],
}
