import type {
  CheckDefinition,
  Default,
  FieldDefinition,
  IndexDefinition,
  KeptDefinition,
  ModelDefinition,
  PartitionDefinition,
  RelationDefinition,
  SearchDefinition,
  TenantDefinition,
} from '../../model/definition.ts'
import type { FileRules } from '../../toolkit/content/admit.ts'
import { byKind, closed, type Form, flag, is, list, map, oneOf, positive, ref, text } from './form.ts'
import { anything, limits } from './value.ts'

const count: Form = { type: 'integer', minimum: 1, maximum: 1000 }

type DefaultOf<Kind extends Default['kind']> = Extract<Default, { readonly kind: Kind }>

export const models: Readonly<Record<string, Form>> = {
  model: closed<ModelDefinition>(
    {
      table: text,
      id: text,
      fields: map(ref('field')),
      relations: map(ref('relation')),
      indexes: list(ref('index')),
      checks: list(ref('check')),
    },
    {
      schema: text,
      was: text,
      softDelete: text,
      tenant: ref('tenant'),
      search: ref('search'),
      history: flag,
      partition: ref('partition'),
      historyOf: text,
      readonly: oneOf(['view', 'table']),
      kept: list(ref('kept')),
      partitioned: text,
    },
  ),
  field: closed<FieldDefinition>(
    { type: ref('type'), column: text },
    {
      optional: flag,
      default: ref('default'),
      unique: flag,
      private: flag,
      immutable: flag,
      managed: flag,
      onUpdate: is('now'),
      onDelete: oneOf(['cascade', 'set-null']),
      was: text,
      wasValues: map(text),
      native: text,
      given: flag,
      identity: oneOf(['always', 'by default']),
      generated: ref('expr'),
      computed: text,
      constraint: text,
      backfill: ref('expr'),
      file: closed<FileRules>({ types: list(text, { minItems: 1 }), max: positive }, { pixels: positive }),
      ...limits,
    },
  ),
  tenant: closed<TenantDefinition>({ field: text, actor: text }, {}),
  search: closed<SearchDefinition>({ field: text, language: text, weights: map(oneOf(['A', 'B', 'C', 'D'])) }, {}),
  partition: closed<PartitionDefinition>(
    { by: text, every: oneOf(['day', 'month', 'year']), ahead: count },
    { keep: count },
  ),
  default: byKind<Default['kind']>({
    value: closed<DefaultOf<'value'>>({ kind: is('value'), value: anything }, {}),
    now: closed<DefaultOf<'now'>>({ kind: is('now') }, {}),
    actor: closed<DefaultOf<'actor'>>({ kind: is('actor'), field: text }, {}),
    generated: closed<DefaultOf<'generated'>>({ kind: is('generated') }, {}),
    database: closed<DefaultOf<'database'>>({ kind: is('database'), sql: text }, {}),
  }),
  relation: closed<RelationDefinition>({ kind: oneOf(['one', 'many']), model: text, field: text }, {}),
  index: closed<IndexDefinition>(
    { name: text, fields: list(text, { minItems: 1 }) },
    {
      method: oneOf(['trigram', 'gin', 'hnsw', 'gist']),
      distance: oneOf(['cosine', 'l2', 'innerProduct']),
      unique: flag,
      constraint: flag,
      where: ref('expr'),
      living: flag,
      tenantKey: flag,
    },
  ),
  kept: closed<KeptDefinition>({ kind: oneOf(['constraint', 'index']), name: text, definition: text }, {}),
  check: closed<CheckDefinition>({ name: text, expr: ref('expr') }, {}),
}
