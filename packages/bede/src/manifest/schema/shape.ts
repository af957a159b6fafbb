import type { GroupsDefinition, MeasureDefinition, PageDefinition, Shape, View } from '../manifest.ts'
import { byKind, closed, type Form, flag, is, map, oneOf, positive, ref, text } from './form.ts'

type ShapeOf<Kind extends Shape['kind']> = Extract<Shape, { readonly kind: Kind }>

const shape = ref('shape')
const source = ref('source')

export const shapes: Readonly<Record<string, Form>> = {
  view: closed<View>({ model: text, shape }, {}),
  shape: byKind<Shape['kind']>({
    value: closed<ShapeOf<'value'>>({ kind: is('value'), expr: ref('expr'), type: ref('type') }, { nullable: flag }),
    object: closed<ShapeOf<'object'>>({ kind: is('object'), members: map(shape) }, {}),
    one: closed<ShapeOf<'one'>>({ kind: is('one'), from: source, item: shape }, { nullable: flag }),
    list: closed<ShapeOf<'list'>>({ kind: is('list'), from: source, item: shape }, { distinct: flag }),
    view: closed<ShapeOf<'view'>>({ kind: is('view'), view: text, row: text }, {}),
    page: closed<ShapeOf<'page'>>({ kind: is('page'), from: source, item: shape, page: ref('page') }, {}),
    groups: closed<ShapeOf<'groups'>>({ kind: is('groups'), from: source, groups: ref('groups') }, {}),
  }),
  groups: closed<GroupsDefinition>({ by: map(ref('groupBy')), measures: map(ref('measure')), maxGroups: positive }, {}),
  groupBy: closed<GroupsDefinition['by'][string]>({ expr: ref('expr'), type: ref('type') }, { nullable: flag }),
  measure: closed<MeasureDefinition>(
    { fn: oneOf(['count', 'sum', 'avg', 'min', 'max']), type: ref('type') },
    { of: ref('expr') },
  ),
  page: closed<PageDefinition>(
    { sort: map(ref('expr')), defaultSort: text, defaultLimit: positive, maxLimit: positive },
    { searched: closed<NonNullable<PageDefinition['searched']>>({ input: text, sort: text }, {}) },
  ),
}
