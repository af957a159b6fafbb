import { RecordedActionCall } from '../../declare/action.ts'
import { RecordedResource } from '../../declare/resource.ts'
import { shapeOf, ViewDeclaration } from '../../declare/shape.ts'
import { managedField } from '../../declare/write.ts'
import type { Expr } from '../../expr/expr.ts'
import { Problem } from '../../telemetry/problem.ts'
import { eq, rowField } from '../exposed/row.ts'
import { linkAction } from '../link/action.ts'
import { group, inputOf } from '../link/input.ts'
import { linkShape, type ShapeContext } from '../link/shape.ts'
import type { CompiledOperation, InputField, Manifest, Shape } from '../manifest.ts'
import type { AdhocCall } from './call.ts'
import { adhocDeleted } from './deleted.ts'
import { adhocPast } from './past.ts'

/** Views are written out where they are used: a handler may use one that is exported nowhere. */
const context: ShapeContext = { nameOf: () => undefined }

/** The operations behind `Db`. Values are inputs, so they are validated and secrets hashed as everywhere else. */
export const adhoc = (manifest: Manifest) => {
  const modelOf = (resource: unknown) => {
    const name = resource instanceof RecordedResource ? resource.of.model : ''
    const model = Object.hasOwn(manifest.models, name) ? manifest.models[name] : undefined
    if (model === undefined)
      throw new Problem('unknown-model', {
        message: 'db writes to a resource of this app',
        hint: 'Pass one of those that resources() gave.',
      })
    if (model.readonly)
      throw new Problem('invalid-declaration', {
        message: `The rows of ${name} are only read`,
        hint: 'Write to the tables it shows.',
      })
    return { name, model, id: model.fields[model.id]?.type ?? ({ kind: 'id' } as const) }
  }
  const fieldsOf = (resource: unknown, names: readonly string[]): Record<string, InputField> => {
    const { name, model } = modelOf(resource)
    return Object.fromEntries(
      names.map((field) => {
        const definition = Object.hasOwn(model.fields, field) ? model.fields[field] : undefined
        if (definition === undefined)
          throw new Problem('unknown-model-field', { message: `${name} has no field '${field}'` })
        if (definition.managed) throw managedField(name, field)
        return [field, inputOf(definition)]
      }),
    )
  }
  /** The same, of a row that is there. */
  const changeable = (resource: unknown, names: readonly string[]): Record<string, InputField> => {
    const { name, model } = modelOf(resource)
    const fixed = names.find((field) => Object.hasOwn(model.fields, field) && model.fields[field]?.immutable)
    if (fixed === undefined) return fieldsOf(resource, names)
    throw new Problem('immutable-field', { message: `${name}.${fixed} is set at create and never again` })
  }
  /** The view asked for, or the id alone. */
  const answer = (resource: unknown, view: unknown): Shape => {
    const { model, id } = modelOf(resource)
    if (view instanceof ViewDeclaration) return linkShape({ kind: 'view', view, row: 'row' }, context)
    return { kind: 'object', members: { id: { kind: 'value', expr: rowField(model.id), type: id } } }
  }
  const named = (values: object): string[] =>
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  const sent = (values: object): object =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
  const inputs = (fields: Readonly<Record<string, InputField>>): Record<string, Expr> =>
    Object.fromEntries(
      Object.entries(fields).map(([name, { type }]) => [name, { kind: 'input', path: ['data', name], type }]),
    )
  const write = (
    input: Record<string, InputField>,
    rest: Pick<CompiledOperation, 'write' | 'answers'>,
  ): CompiledOperation => ({
    kind: 'write',
    auth: 'optional',
    input,
    ...rest,
  })

  return {
    ...adhocDeleted(modelOf, answer),
    ...adhocPast(modelOf, answer),
    /** `db.run(view.one(…))`, `db.run(Articles.count())`: any query. */
    read: (query: unknown): AdhocCall => ({
      operation: { kind: 'read', auth: 'optional', input: {}, answers: linkShape(shapeOf(query), context) },
      input: {},
    }),
    /** `db.run(publish.with({ id }))`; undefined when it is no call of an action. */
    action: (call: unknown): AdhocCall | undefined =>
      call instanceof RecordedActionCall
        ? { operation: linkAction(call.action, context), input: call.input }
        : undefined,
    create: (into: unknown, values: object, view?: unknown): AdhocCall => {
      const fields = fieldsOf(into, named(values))
      return {
        operation: write(
          { data: group(fields) },
          { write: { kind: 'create', model: modelOf(into).name, values: inputs(fields) }, answers: answer(into, view) },
        ),
        input: { data: sent(values) },
      }
    },
    update: (of: unknown, id: unknown, values: object, view?: unknown): AdhocCall => {
      const { name, model, id: type } = modelOf(of)
      const fields = changeable(of, named(values))
      const target = eq(rowField(model.id), { kind: 'input', path: ['id'], type })
      return {
        operation: write(
          { id: { type }, data: group(fields) },
          { write: { kind: 'update', model: name, target, set: inputs(fields) }, answers: answer(of, view) },
        ),
        input: { id, data: sent(values) },
      }
    },
    increment: (of: unknown, id: unknown, by: object, view?: unknown): AdhocCall => {
      const { name, model, id: type } = modelOf(of)
      const target = eq(rowField(model.id), { kind: 'input', path: ['id'], type })
      // What is added is under no limit of the field; what comes of it is.
      const fields = Object.fromEntries(
        Object.entries(changeable(of, named(by))).map(([field, { type }]): [string, InputField] => [field, { type }]),
      )
      const set = Object.fromEntries(
        Object.entries(inputs(fields)).map(([field, value]): [string, Expr] => [
          field,
          { kind: 'call', fn: 'add', args: [rowField(field), value] },
        ]),
      )
      return {
        operation: write(
          { id: { type }, data: group(fields) },
          { write: { kind: 'update', model: name, target, set }, answers: answer(of, view) },
        ),
        input: { id, data: sent(by) },
      }
    },
    delete: (of: unknown, id: unknown): AdhocCall => {
      const { name, model, id: type } = modelOf(of)
      const target = eq(rowField(model.id), { kind: 'input', path: ['id'], type })
      return { operation: write({ id: { type } }, { write: { kind: 'delete', model: name, target } }), input: { id } }
    },
    /** The answer is the list of outcomes of a bulk write. */
    createMany: (into: unknown, values: readonly object[]): AdhocCall => {
      const rows = values.map(sent)
      const fields = fieldsOf(into, [...new Set(rows.flatMap(named))])
      const everywhere = (name: string) => rows.every((row) => Object.hasOwn(row, name))
      const each = Object.entries(fields).map(([name, { type }]): [string, Expr] => {
        const value: Expr = { kind: 'item', as: 'item', path: [name], type }
        return [name, everywhere(name) ? value : { kind: 'given', as: 'item', path: [name], then: value }]
      })
      const loose = Object.fromEntries(
        Object.entries(fields).map(([name, field]) => [
          name,
          everywhere(name) ? field : { ...field, optional: true as const },
        ]),
      )
      const items: InputField = { type: { kind: 'array', of: { kind: 'object' } }, items: group(loose), min: 1 }
      return {
        operation: write(
          { items },
          {
            write: {
              kind: 'create',
              model: modelOf(into).name,
              each: { path: ['items'], as: 'item' },
              values: Object.fromEntries(each),
            },
          },
        ),
        input: { items: rows },
      }
    },
  }
}
