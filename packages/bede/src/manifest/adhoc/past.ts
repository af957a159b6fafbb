import type { Expr } from '../../expr/expr.ts'
import type { ModelDefinition } from '../../model/definition.ts'
import { Problem } from '../../telemetry/problem.ts'
import { changeShape, changesOf } from '../exposed/past.ts'
import { eq, rowField } from '../exposed/row.ts'
import type { InputField, Shape } from '../manifest.ts'
import { keepsHistory } from '../verify/policy.ts'
import type { AdhocCall } from './call.ts'

type Answer = (resource: unknown, view: unknown) => Shape

/** As many changes as `history` gives when nothing else is asked for. */
const listedAtOnce = 100

/** What a handler asks about what rows were. */
export const adhocPast = (
  modelOf: (resource: unknown) => { readonly name: string; readonly model: ModelDefinition },
  answer: Answer,
) => {
  const kept = (resource: unknown) => {
    const known = modelOf(resource)
    if (known.model.history)
      return { ...known, id: known.model.fields[known.model.id]?.type ?? ({ kind: 'id' } as const) }
    throw new Problem('invalid-declaration', {
      message: `${known.name} keeps no history`,
      hint: keepsHistory(known.name),
    })
  }
  const limited: InputField = { type: { kind: 'integer' }, min: 1, max: 1000 }
  return {
    history: (of: unknown, id: unknown, { limit = listedAtOnce }: { readonly limit?: number } = {}): AdhocCall => {
      const { name, model, id: type } = kept(of)
      const most: Expr = { kind: 'input', path: ['limit'], type: { kind: 'integer' } }
      const order = [{ by: rowField('id'), direction: 'desc' as const }]
      return {
        operation: {
          kind: 'read',
          auth: 'optional',
          input: { id: { type }, limit: limited },
          answers: {
            kind: 'list',
            from: { ...changesOf(name, model), order, limit: most },
            item: changeShape(name, model),
          },
        },
        input: { id, limit },
      }
    },
    /** Null when it was not there, or may not be seen. */
    asOf: (of: unknown, id: unknown, at: unknown, view: unknown): AdhocCall => {
      const { name, model, id: type } = kept(of)
      return {
        operation: {
          kind: 'read',
          auth: 'optional',
          input: { id: { type }, at: { type: { kind: 'timestamp' } } },
          answers: {
            kind: 'one',
            nullable: true,
            from: {
              model: name,
              as: 'row',
              asOf: { kind: 'input', path: ['at'], type: { kind: 'timestamp' } },
              where: eq(rowField(model.id), { kind: 'input', path: ['id'], type }),
            },
            item: answer(of, view),
          },
        },
        input: { id, at },
      }
    },
  }
}
