import type {
  ActorField,
  Aggregate,
  Call,
  Case,
  Expr,
  FieldOf,
  Given,
  Input,
  Item,
  Literal,
  Now,
  Order,
  Quantified,
  Source,
  Via,
} from '../../expr/expr.ts'
import { functions } from '../../expr/functions.ts'
import { byKind, closed, type Form, flag, is, list, oneOf, ref, text, texts } from './form.ts'
import { anything } from './value.ts'

const expr = ref('expr')
const type = ref('type')

const quantified = (kind: Quantified['kind']): Form =>
  closed<Quantified>({ kind: is(kind), from: ref('source'), where: expr }, {})

export const expressions: Readonly<Record<string, Form>> = {
  expr: byKind<Expr['kind']>({
    literal: closed<Literal>({ kind: is('literal'), value: anything, type }, {}),
    input: closed<Input>({ kind: is('input'), path: ref('path'), type }, {}),
    item: closed<Item>({ kind: is('item'), as: text, path: texts, type }, {}),
    actor: closed<ActorField>({ kind: is('actor'), field: text, type }, {}),
    now: closed<Now>({ kind: is('now') }, {}),
    field: closed<FieldOf>({ kind: is('field'), row: text, field: text }, {}),
    call: closed<Call>({ kind: is('call'), fn: oneOf(Object.keys(functions)), args: list(expr) }, {}),
    case: closed<Case>({ kind: is('case'), branches: list(ref('branch'), { minItems: 1 }), otherwise: expr }, {}),
    given: closed<Given>({ kind: is('given'), path: ref('path'), then: expr }, { as: text, otherwise: expr }),
    some: quantified('some'),
    every: quantified('every'),
    none: quantified('none'),
    aggregate: closed<Aggregate>(
      { kind: is('aggregate'), fn: oneOf(['count', 'sum', 'min', 'max', 'avg']), from: ref('source') },
      { of: expr },
    ),
    via: closed<Via>({ kind: is('via'), from: ref('source'), value: expr }, {}),
  }),
  branch: closed<Case['branches'][number]>({ when: expr, then: expr }, {}),
  source: {
    ...closed<Source>(
      { as: text },
      {
        relation: ref('relationOf'),
        model: text,
        deleted: flag,
        asOf: closed<Input>({ kind: is('input'), path: ref('path'), type }, {}),
        where: expr,
        order: list(ref('order')),
        limit: expr,
        offset: expr,
      },
    ),
    oneOf: [{ required: ['relation'] }, { required: ['model'] }],
  },
  relationOf: closed<NonNullable<Source['relation']>>({ row: text, name: text }, {}),
  order: closed<Order>({ by: expr, direction: oneOf(['asc', 'desc']) }, {}),
}
