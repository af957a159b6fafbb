import type { Expr } from '../../expr/expr.ts'
import type { CompiledOperation, InputField } from '../manifest.ts'
import { capital, kebab } from './address.ts'
import { auth, type Exposed, eq, http, idInput, rowField } from './row.ts'

const always: Expr = { kind: 'literal', value: true, type: { kind: 'boolean' } }
const input = (name: string, { type }: InputField): Expr => ({ kind: 'input', path: [name], type })

/**
 * `PUT` and `DELETE /articles/:id/tags/:tagId`: a row of the joining model is there, or is not. Doing it again changes
 * nothing. The joining model's policy says who may, and both ends have to be visible.
 */
export function linksOf(open: Exposed): Record<string, CompiledOperation> {
  const operations: Record<string, CompiledOperation> = {}
  for (const [name, { through, to }] of Object.entries(open.exposure.links)) {
    const join = joinOf(open, name, through, to)
    if (!join) continue
    const { model, field, policy, target, targetId } = join
    const ends: Record<string, InputField> = { id: idInput(open), [to]: targetId }
    const [mine, other] = [input('id', idInput(open)), input(to, targetId)]
    const path = `${open.base}/:id/${kebab(name)}/:${to}`
    const params = { id: ['id'], [to]: [to] }
    if (policy.create) {
      operations[`${open.name}.add${capital(name)}`] = {
        kind: 'write',
        auth: auth(policy.create),
        input: ends,
        write: {
          kind: 'create',
          model,
          values: { [field]: mine, [to]: other },
          exists: { key: [field, to], then: 'keep' },
        },
        http: http('PUT', path, { params, status: 204 }),
      }
    }
    if (policy.delete) {
      operations[`${open.name}.remove${capital(name)}`] = {
        kind: 'write',
        auth: auth(policy.delete),
        input: ends,
        write: {
          kind: 'delete',
          model,
          target: {
            kind: 'call',
            fn: 'and',
            args: [
              eq(rowField(field), mine),
              eq(rowField(to), other),
              visible(open.name, open.model.id, mine),
              visible(target, join.targetKey, other),
            ],
          },
          absent: 'ok',
        },
        http: http('DELETE', path, { params, status: 204 }),
      }
    }
  }
  return operations
}

/** That there is such a row, for this actor. */
const visible = (model: string, id: string, value: Expr): Expr => ({
  kind: 'some',
  from: { model, as: model, where: eq({ kind: 'field', row: model, field: id }, value) },
  where: always,
})

function joinOf(open: Exposed, name: string, through: string, to: string) {
  const { mistakes, around } = open
  const place = `${open.place}.links.${name}`
  const relation = Object.hasOwn(open.model.relations, through) ? open.model.relations[through] : undefined
  const join = relation?.kind === 'many' ? around.models[relation.model] : undefined
  if (!relation || !join) {
    const many = Object.entries(open.model.relations).flatMap(([one, { kind }]) => (kind === 'many' ? [one] : []))
    mistakes.unknown(`${place}.through`, 'unknown-model-field', `to-many relation of ${open.name}`, through, many)
    return undefined
  }
  const type = Object.hasOwn(join.fields, to) && to !== relation.field ? join.fields[to]?.type : undefined
  const target = type?.kind === 'ref' ? type.model : undefined
  const other = target === undefined ? undefined : around.models[target]
  if (!type || target === undefined || !other) {
    const refs = Object.entries(join.fields).flatMap(([one, { type }]) =>
      type.kind === 'ref' && one !== relation.field ? [one] : [],
    )
    mistakes.unknown(`${place}.to`, 'unknown-model-field', `other ref of ${relation.model}`, to, refs)
    return undefined
  }
  const policy = around.policies[relation.model] ?? {}
  if (!policy.create && !policy.delete) {
    mistakes.add(
      place,
      'invalid-declaration',
      `The policy of ${relation.model} states neither create nor delete: everybody would be refused`,
      `State them in the policy of ${relation.model}, or take '${name}' out of links.`,
    )
    return undefined
  }
  return { model: relation.model, field: relation.field, policy, target, targetKey: other.id, targetId: { type } }
}
