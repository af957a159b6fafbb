import type { ModelDefinition } from '../../model/definition.ts'
import { createdAt, generatedId, integer, text, time } from './columns.ts'
import { platform, platformSchema } from './names.ts'

export const mail: ModelDefinition = {
  schema: platformSchema,
  table: 'mail',
  id: 'id',
  fields: {
    id: generatedId(platform.mail),
    recipient: text('recipient', { immutable: true, private: true }),
    template: text('template', { immutable: true }),
    /** What is filled in, as JSON, links and codes among it, sealed where there is a secret; null once the mail is given up. */
    values: text('values', { optional: true, private: true }),
    language: text('language', { optional: true, immutable: true }),
    attempts: integer('attempts', { default: { kind: 'value', value: 0 } }),
    /** When it may be sent; null: never again. */
    nextAt: time('next_at', { optional: true }),
    /** Why it was not sent the last time. Never a secret. */
    lastError: text('last_error', { optional: true }),
    createdAt,
  },
  relations: {},
  indexes: [{ name: 'bede_mail_next_at', fields: ['nextAt'] }],
  checks: [],
}
