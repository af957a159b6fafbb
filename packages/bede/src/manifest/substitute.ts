import type { PassedInput } from '../declare/write.ts'
import type { Expr, Source } from '../expr/expr.ts'
import type { Json } from '../expr/value.ts'
import { mapChildren, mapSource } from '../expr/walk.ts'
import { Problem } from '../telemetry/problem.ts'
import { mapShape } from './link/shape.ts'
import type { CreateWrite, Exclusive, InputField, Shape, Write } from './manifest.ts'

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((part, i) => part === b[i])
const under = (path: readonly string[], prefix: readonly string[]): boolean =>
  prefix.length <= path.length && prefix.every((part, i) => part === path[i])

/** The value of an input that a route leaves out: its default, or null. */
const leftOut = (fields: Readonly<Record<string, InputField>>, path: readonly string[]): Json => {
  const [name = '', ...rest] = path
  const field = fields[name]
  if (field === undefined) return null
  return rest.length === 0 ? (field.default ?? null) : leftOut(field.fields ?? {}, rest)
}

const always: Expr = { kind: 'literal', value: true, type: { kind: 'boolean' } }

/**
 * An action's expressions with a route's values in place of its inputs. `undefined`: the value is left out, because
 * the route never sends the input it hangs on.
 */
export class Substitution {
  readonly passed: readonly PassedInput[]
  readonly fields: Readonly<Record<string, InputField>>

  constructor(passed: readonly PassedInput[], fields: Readonly<Record<string, InputField>>) {
    this.passed = passed
    this.fields = fields
  }

  private find(path: readonly string[]): PassedInput | undefined {
    return this.passed.find((one) => same(one.path, path))
  }

  expr(expr: Expr): Expr {
    return this.value(expr) ?? always
  }

  value(expr: Expr): Expr | undefined {
    if (expr.kind === 'input') {
      const value = this.find(expr.path)
      return value === undefined
        ? { kind: 'literal', value: leftOut(this.fields, expr.path), type: expr.type }
        : value.node
    }
    if (expr.kind === 'given' && expr.as === undefined) {
      const value = this.find(expr.path)
      const sent = value !== undefined || this.passed.some((one) => under(one.path, expr.path))
      const otherwise = expr.otherwise && this.expr(expr.otherwise)
      if (!sent) return otherwise
      const then = this.expr(expr.then)
      return (value?.absent ?? []).reduce<Expr>(
        (inner, input) => ({ kind: 'given', ...input, then: inner, ...(otherwise && { otherwise }) }),
        then,
      )
    }
    return mapChildren(
      expr,
      (child) => this.expr(child),
      (from) => this.source(from),
    )
  }

  source(from: Source): Source {
    return mapSource(from, (expr) => this.expr(expr))
  }

  shape(shape: Shape): Shape {
    return mapShape(shape, (expr) => this.expr(expr))
  }

  exclusive({ exclusive }: { readonly exclusive?: Exclusive }): { readonly exclusive?: Exclusive } {
    if (exclusive?.keys === undefined) return exclusive ? { exclusive } : {}
    return { exclusive: { ...exclusive, keys: exclusive.keys.map((key) => this.expr(key)) } }
  }

  write(write: Write): Write {
    const emits = write.emits && {
      emits: write.emits.map(({ event, payload }) => ({ event, payload: this.values(payload) })),
    }
    switch (write.kind) {
      case 'create':
        return { ...write, values: this.values(write.values), ...this.children(write), ...this.exists(write), ...emits }
      case 'update':
        return {
          ...write,
          target: this.expr(write.target),
          ...(write.where && { where: this.expr(write.where) }),
          set: this.values(write.set),
          ...emits,
        }
      case 'delete':
        return {
          ...write,
          target: this.expr(write.target),
          ...(write.where && { where: this.expr(write.where) }),
          ...emits,
        }
      case 'restore':
        return { ...write, target: this.expr(write.target), ...emits }
      case 'purge':
        return {
          ...write,
          target: this.expr(write.target),
          ...(write.limit && { limit: this.expr(write.limit) }),
          ...emits,
        }
    }
  }

  private values(values: Readonly<Record<string, Expr>>): Record<string, Expr> {
    return Object.fromEntries(
      Object.entries(values).flatMap(([name, expr]) => {
        const value = this.value(expr)
        return value === undefined ? [] : [[name, value]]
      }),
    )
  }

  private children(write: CreateWrite): Pick<CreateWrite, 'children'> {
    if (write.children === undefined) return {}
    const children = Object.entries(write.children).flatMap(([relation, child]) => {
      const list = this.find(child.each.path)
      if (list === undefined) return []
      const { node } = list
      if (node.kind !== 'input') {
        throw new Problem('invalid-declaration', {
          message: `${child.each.path.join('.')} becomes one row per item, so it takes an input of the route itself`,
        })
      }
      return [[relation, { each: { path: node.path, as: child.each.as }, values: this.values(child.values) }] as const]
    })
    return children.length === 0 ? {} : { children: Object.fromEntries(children) }
  }

  private exists({ exists }: CreateWrite): Pick<CreateWrite, 'exists'> {
    if (exists === undefined) return {}
    return { exists: { ...exists, ...(exists.set && { set: this.values(exists.set) }) } }
  }
}
