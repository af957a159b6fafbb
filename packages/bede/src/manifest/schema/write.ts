import type {
  ChildCreate,
  CreateWrite,
  DeleteWrite,
  Each,
  PurgeWrite,
  RestoreWrite,
  UpdateWrite,
  Write,
} from '../manifest.ts'
import { byKind, closed, type Form, is, list, map, oneOf, ref, text } from './form.ts'

const expr = ref('expr')
const values = map(expr)
const emits = list(ref('emit'))

export const writes: Readonly<Record<string, Form>> = {
  write: byKind<Write['kind']>({
    create: closed<CreateWrite>(
      { kind: is('create'), model: text, values },
      { emits, each: ref('each'), children: map(ref('child')), exists: ref('exists') },
    ),
    update: closed<UpdateWrite>(
      { kind: is('update'), model: text, target: expr, set: values },
      { emits, each: ref('each'), where: expr, represents: ref('shape') },
    ),
    delete: closed<DeleteWrite>(
      { kind: is('delete'), model: text, target: expr },
      { emits, each: ref('each'), where: expr, absent: is('ok'), represents: ref('shape') },
    ),
    restore: closed<Omit<RestoreWrite, 'each'>>({ kind: is('restore'), model: text, target: expr }, { emits }),
    purge: closed<Omit<PurgeWrite, 'each'>>(
      { kind: is('purge'), model: text, target: expr },
      { emits, limit: expr, absent: is('ok') },
    ),
  }),
  emit: closed<NonNullable<Write['emits']>[number]>({ event: text, payload: values }, {}),
  each: closed<Each>({ path: ref('path'), as: text }, {}),
  child: closed<ChildCreate>({ each: ref('each'), values }, {}),
  exists: closed<NonNullable<CreateWrite['exists']>>(
    { key: list(text, { minItems: 1 }), then: oneOf(['keep', 'update']) },
    { set: values },
  ),
}
