import type { FilesDefinition, RoomDefinition } from './kept-files.ts'
import {
  type ActorDefinition,
  type DatabaseDefinition,
  type MailDefinition,
  type Manifest,
  manifestVersion,
  type Policy,
} from './manifest.ts'
import { apiKeys } from './schema/api-keys.ts'
import { expressions } from './schema/expression.ts'
import { closed, type Form, flag, is, map, positive, ref, text, texts } from './schema/form.ts'
import { identity } from './schema/identity.ts'
import { limits } from './schema/limits.ts'
import { models } from './schema/model.ts'
import { operations } from './schema/operation.ts'
import { sessions } from './schema/sessions.ts'
import { shapes } from './schema/shape.ts'
import { values } from './schema/value.ts'
import { writes } from './schema/write.ts'

const expr = ref('expr')
const room = { count: positive, bytes: positive } satisfies { readonly [K in keyof RoomDefinition]-?: Form }

/**
 * The JSON Schema of the manifest (2020-12), which the package publishes as `manifest.schema.json`. The compiler holds
 * it to the interfaces of manifest.ts: a member without a form here does not compile. It says what form a document has;
 * what its names and expressions mean is the work of `verify`.
 */
export const manifestSchema: Form = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'A manifest of Bede',
  description: 'A whole backend as one language-free document. Printed by bede check --json.',
  ...closed<Manifest>(
    {
      version: is(manifestVersion),
      name: text,
      models: map(ref('model')),
      actor: ref('actor'),
      policies: map(ref('policy')),
      views: map(ref('view')),
      events: map(ref('event')),
      operations: map(ref('operation')),
    },
    {
      identity: ref('identity'),
      limits: ref('limits'),
      mail: ref('mail'),
      files: closed<FilesDefinition>(
        {
          anonymous: closed<RoomDefinition>({}, room),
          uploads: closed<FilesDefinition['uploads']>({ for: positive }, room),
        },
        room,
      ),
      database: closed<DatabaseDefinition>({ before: texts, after: texts }, {}),
    },
  ),
  $defs: {
    ...values,
    ...expressions,
    ...models,
    ...shapes,
    ...writes,
    ...operations,
    ...sessions,
    ...apiKeys,
    ...identity,
    ...limits,
    actor: closed<ActorDefinition>({ fields: map(ref('actorField')) }, { model: text }),
    actorField: closed<ActorDefinition['fields'][string]>({ type: ref('type') }, { optional: flag }),
    mail: closed<MailDefinition>(
      { name: text, language: text, templates: map(map(ref('mailText'))) },
      { languageField: text },
    ),
    mailText: closed<MailDefinition['templates'][string][string]>({ subject: text, text, html: text }, {}),
    policy: closed<Policy>(
      {},
      {
        read: expr,
        create: expr,
        update: ref('changes'),
        delete: expr,
        restore: expr,
        purge: expr,
        history: expr,
        fields: map(ref('fieldRules')),
      },
    ),
    changes: closed<NonNullable<Policy['update']>>({ from: expr, to: expr }, {}),
    fieldRules: closed<NonNullable<Policy['fields']>[string]>({}, { read: expr, write: expr }),
  },
}
