import type { Expr } from '../../expr/expr.ts'
import type { ModelDefinition } from '../../model/definition.ts'
import { Problem } from '../../telemetry/problem.ts'
import { eq, rowField } from '../exposed/row.ts'
import type { CompiledOperation, Shape } from '../manifest.ts'
import { keepsDeleted } from '../verify/policy.ts'
import type { AdhocCall } from './call.ts'

interface Known {
  readonly name: string
  readonly model: ModelDefinition
}
type Answer = (resource: unknown, view: unknown) => Shape

/** As many rows as one statement of `purgeDeleted` removes, and as `deleted` gives, when nothing else is asked for. */
const purgedAtOnce = 1000
const listedAtOnce = 100

/** What a handler asks about the deleted rows of a model. */
export const adhocDeleted = (modelOf: (resource: unknown) => Known, answer: Answer) => {
  const kept = (resource: unknown) => {
    const known = modelOf(resource)
    const { softDelete } = known.model
    if (softDelete === undefined) {
      throw new Problem('invalid-declaration', {
        message: `${known.name} does not keep its deleted rows`,
        hint: keepsDeleted(known.name),
      })
    }
    return { ...known, softDelete, id: known.model.fields[known.model.id]?.type ?? ({ kind: 'id' } as const) }
  }
  const target = (resource: unknown): Expr => {
    const { model, id } = kept(resource)
    return eq(rowField(model.id), { kind: 'input', path: ['id'], type: id })
  }
  const write = (resource: unknown, rest: Pick<CompiledOperation, 'write' | 'answers'>): CompiledOperation => ({
    kind: 'write',
    auth: 'optional',
    input: { id: { type: kept(resource).id } },
    ...rest,
  })
  return {
    restore: (of: unknown, id: unknown, view?: unknown): AdhocCall => ({
      operation: write(of, {
        write: { kind: 'restore', model: kept(of).name, target: target(of) },
        answers: answer(of, view),
      }),
      input: { id },
    }),
    purge: (of: unknown, id: unknown): AdhocCall => ({
      operation: write(of, { write: { kind: 'purge', model: kept(of).name, target: target(of) } }),
      input: { id },
    }),
    /** The answer is how many rows were removed. */
    purgeDeleted: (
      of: unknown,
      { before, limit = purgedAtOnce }: { readonly before: string; readonly limit?: number },
    ): AdhocCall => {
      const { name, softDelete } = kept(of)
      const since: Expr = { kind: 'input', path: ['before'], type: { kind: 'timestamp' } }
      const most: Expr = { kind: 'input', path: ['limit'], type: { kind: 'integer' } }
      return {
        operation: {
          kind: 'write',
          auth: 'optional',
          input: { before: { type: { kind: 'timestamp' } }, limit: { type: { kind: 'integer' }, min: 1, max: 10_000 } },
          write: {
            kind: 'purge',
            model: name,
            target: { kind: 'call', fn: 'lt', args: [rowField(softDelete), since] },
            limit: most,
            absent: 'ok',
          },
        },
        input: { before, limit },
      }
    },
    deleted: (of: unknown, view: unknown, { limit = listedAtOnce }: { readonly limit?: number } = {}): AdhocCall => {
      const { name, softDelete } = kept(of)
      return {
        operation: {
          kind: 'read',
          auth: 'optional',
          input: { limit: { type: { kind: 'integer' }, min: 1, max: 1000 } },
          answers: {
            kind: 'list',
            from: {
              model: name,
              deleted: true,
              as: 'row',
              order: [{ by: rowField(softDelete), direction: 'desc' }],
              limit: { kind: 'input', path: ['limit'], type: { kind: 'integer' } },
            },
            item: answer(of, view),
          },
        },
        input: { limit },
      }
    },
  }
}
