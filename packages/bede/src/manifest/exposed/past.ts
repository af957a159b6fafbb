import type { Source } from '../../expr/expr.ts'
import type { FieldDefinition, ModelDefinition } from '../../model/definition.ts'
import type { CompiledOperation, Shape } from '../manifest.ts'
import { historyDefinition, historyModel } from '../platform/history.ts'
import { auth, type Exposed, eq, http, idEquals, idInput, pageInputs, rowField, viewOf } from './row.ts'

const shown = [
  'at',
  'change',
  'operation',
  'actorId',
  'impersonatorId',
  'reason',
  'requestId',
  'before',
  'after',
  'hidden',
] as const

/** One change, as it is answered. */
export const changeShape = (name: string, model: ModelDefinition): Shape => {
  const { fields } = historyDefinition('', name, model)
  const value = (field: string, { type, optional }: FieldDefinition): Shape => ({
    kind: 'value',
    expr: rowField(field),
    type,
    ...(optional && { nullable: true as const }),
  })
  return {
    kind: 'object',
    members: Object.fromEntries(shown.flatMap((name) => (fields[name] ? [[name, value(name, fields[name])]] : []))),
  }
}

/** The changes of the row that the input `id` names. */
export const changesOf = (name: string, model: ModelDefinition): Source => {
  const type = historyDefinition('', name, model).fields.rowId?.type ?? { kind: 'ref' }
  return { model: historyModel(name), as: 'row', where: eq(rowField('rowId'), { kind: 'input', path: ['id'], type }) }
}

/** The changes of one row, the latest first. */
const history = (open: Exposed): CompiledOperation => {
  const input = pageInputs(open)
  return {
    kind: 'read',
    auth: auth(open.policy.history),
    input: { id: idInput(open), ...input },
    answers: {
      kind: 'page',
      from: changesOf(open.name, open.model),
      item: changeShape(open.name, open.model),
      page: {
        sort: {},
        defaultSort: '-id',
        defaultLimit: open.exposure.limit.default,
        maxLimit: open.exposure.limit.max,
      },
    },
    http: http('GET', `${open.base}/:id/history`, {
      params: { id: ['id'] },
      query: Object.fromEntries(Object.keys(input).map((name) => [name, [name]])),
    }),
  }
}

/** The row as it was: its own fields as of a time, through its relations what is there today. */
const asOf = (open: Exposed): CompiledOperation => ({
  kind: 'read',
  auth: auth(open.policy.history),
  input: { id: idInput(open), at: { type: { kind: 'timestamp' } } },
  answers: {
    kind: 'one',
    from: {
      model: open.name,
      as: 'row',
      asOf: { kind: 'input', path: ['at'], type: { kind: 'timestamp' } },
      where: idEquals(open),
    },
    item: viewOf(open),
  },
  http: http('GET', `${open.base}/:id/as-of`, { params: { id: ['id'] }, query: { at: ['at'] } }),
})

/** What a model with `history` can open on top. */
export const pastOperations = { history, asOf }
