import type { Expr } from '../../expr/expr.ts'
import type { FunctionName } from '../../expr/names.ts'
import { typeOf } from '../../expr/typing.ts'
import { walk } from '../../expr/walk.ts'
import type { ModelDefinition } from '../../model/definition.ts'
import { type Verifying, wrong } from './report.ts'
import { own, scopeOf } from './scope.ts'

/** What depends on the row alone: not on the session, the time zone or the server. */
const ALLOWED: ReadonlySet<string> = new Set<FunctionName>([
  ...(['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'notIn', 'isNull', 'isNotNull', 'and', 'or', 'not'] as const),
  ...(['coalesce', 'nullIf', 'least', 'greatest', 'concat', 'lower', 'upper', 'trim', 'length', 'left'] as const),
  ...(['right', 'replace', 'slugify', 'contains', 'startsWith', 'add', 'subtract', 'multiply', 'negate'] as const),
  ...(['abs', 'part', 'toDate', 'has', 'hasAll', 'hasAny', 'size', 'textAt', 'numberAt', 'flagAt'] as const),
  'documentAt',
  'toDecimal',
])
const hint =
  'It may compare and choose, take and change texts, look into arrays and documents, add, subtract and multiply.'
const ARITHMETIC: ReadonlySet<string> = new Set<FunctionName>([
  'add',
  'subtract',
  'multiply',
  'negate',
  'abs',
  'toDecimal',
])

/** What a field that the database computes is made of: stored fields of its row, and no more secret than it is itself. */
export function verifyGenerated(verifying: Verifying, model: string, { fields }: ModelDefinition): void {
  const rules = own(verifying.manifest.policies, model)?.fields ?? {}
  for (const [name, definition] of Object.entries(fields)) {
    const { generated } = definition
    if (!generated) continue
    const place = `${model}.generated.${name}`
    const add = (message: string, hint?: string): void =>
      verifying.add(place, wrong('invalid-declaration', message, hint))
    if (definition.default || definition.type.kind === 'id' || definition.onUpdate || definition.backfill)
      add(`${name} is generated, and nothing else gives it a value`)
    const around = { rows: new Map([['row', model]]) }
    // Its type is held where it is compared with the field's; here only whether a row can leave it empty.
    const made = typeOf(generated, scopeOf(verifying.manifest, around), () => {})
    if (made?.nullable && !definition.optional)
      add(
        `${name} is null where what it is made of is null`,
        'Add optional: true, or give it another value: .orElse(…).',
      )
    walk(generated, (one) => {
      if (one.kind === 'call' && !ALLOWED.has(one.fn)) add(`A generated field cannot use ${one.fn}`, hint)
      if (one.kind === 'call' && ARITHMETIC.has(one.fn) && isFloating(one, fields))
        add(`A generated field computes exactly, and ${one.fn} is about floats`, 'Store decimals.')
      if (one.kind !== 'field') return
      const source = own(fields, one.field)
      if (source?.generated) add(`${name} is made of ${one.field}, which is generated itself`, 'Write it out.')
      if (source?.type.parts) add(`${name} is made of ${one.field}, which has no column`)
      const guarded = source?.private || own(rules, one.field)?.read !== undefined
      if (guarded && !definition.private)
        verifying.add(
          place,
          wrong(
            'private-field',
            `${model}.${one.field} is not for everybody, and ${name} is made of it`,
            'Make it private too.',
          ),
        )
    })
  }
}

function isFloating(call: Expr, fields: ModelDefinition['fields']): boolean {
  let found = false
  walk(call, (one) => {
    if (one.kind === 'field') found ||= own(fields, one.field)?.type.kind === 'float'
    if (one.kind === 'literal') found ||= one.type.kind === 'float'
    if (one.kind === 'call') found ||= one.fn === 'numberAt'
  })
  return found
}
