import { accountsOf } from '../../../identity/account.ts'
import { identityOperations } from '../../../identity/operations.ts'
import { plural } from '../../../manifest/exposed/address.ts'
import { isUpload, type UploadAccess } from '../../../manifest/exposed/uploads.ts'
import { type FilePlace, isRowFile, type RowFile } from '../../../manifest/files.ts'
import type { HttpBinding, InputField, Manifest, Operation, UploadDefinition } from '../../../manifest/manifest.ts'
import { boundSlots, type Column } from './bound-slots.ts'
import type { SentFile } from './made-up-file.ts'

/** One value that a caller sends. */
export interface Slot {
  /** Where in the operation's input. */
  readonly path: readonly string[]
  readonly field: InputField
  readonly place: 'path' | 'query' | 'body' | 'cookie' | 'header'
  readonly required: boolean
  /** By which field it finds a row: said by the operation, or, of a handler, guessed by its name. */
  readonly column?: Column
}

/** One operation that HTTP reaches. */
export interface Entry {
  readonly name: string
  readonly operation: Operation
  readonly http: HttpBinding
  readonly slots: readonly Slot[]
  /** What comes with it, by the name in the form; of one that puts a row's file, by its field. */
  readonly files: Readonly<Record<string, UploadDefinition>>
  /** Files with which it is known to go well, by the same names. */
  readonly samples: Samples
  /** It is about a row's file. */
  readonly file?: RowFile
  /** It is a step of sending one in parts. */
  readonly upload?: UploadAccess & { readonly rules: UploadDefinition }
  /** Its code is the app's own. */
  readonly handler: boolean
  /** It came with the app's identity or its files and has no rule of the app's: its code is Bede's. */
  readonly brought: boolean
}

/** Files of the app's own, by the name in the form. */
export type Samples = Readonly<Record<string, SentFile>>

/** `samples`: by operation. */
export function inventoryOf(manifest: Manifest, samples: Readonly<Record<string, Samples>> = {}): readonly Entry[] {
  const accounts = accountsOf(manifest)
  const brought = new Set(accounts ? Object.keys(identityOperations(accounts)) : [])
  return Object.entries(manifest.operations).flatMap(([name, operation]): Entry[] => {
    const { http } = operation
    if (!http) return []
    const access = operation.kind === 'invoke' ? operation.file : undefined
    const ours = brought.has(name) || access?.does === 'signed'
    return [
      {
        name,
        operation,
        http,
        slots: slotsOf(operation, http, manifest),
        files: (isRowFile(access) ? putBy(access, manifest) : operation.kind === 'invoke' && operation.files) || {},
        samples: samples[name] ?? {},
        ...(isRowFile(access) && { file: access }),
        ...(isUpload(access) && { upload: { ...access, rules: rulesAt(access, manifest) } }),
        handler: operation.kind === 'invoke' && !ours && !access,
        brought: ours,
      },
    ]
  })
}

/** What a row's file may be, where it is sent. */
const putBy = (access: RowFile, manifest: Manifest): Entry['files'] =>
  access.does === 'put' ? { [access.field]: rulesAt(access, manifest) } : {}

function rulesAt({ model, field }: FilePlace, { models }: Manifest): UploadDefinition {
  const { types = [], max = 0, pixels = Number.POSITIVE_INFINITY } = models[model]?.fields[field]?.file ?? {}
  return { types, max, pixels }
}

function slotsOf(operation: Operation, http: HttpBinding, manifest: Manifest): readonly Slot[] {
  const bound = boundSlots(operation, manifest)
  const places = new Map<string, Slot['place']>([
    ...Object.values(http.params).map((path) => [JSON.stringify(path), 'path'] as const),
    ...Object.values(http.query).map((path) => [JSON.stringify(path), 'query'] as const),
    ...Object.values(http.cookies ?? {}).map((path) => [JSON.stringify(path), 'cookie'] as const),
    ...Object.values(http.headers ?? {}).map((path) => [JSON.stringify(path), 'header'] as const),
  ])
  const slots: Slot[] = []
  const visit = (fields: Readonly<Record<string, InputField>>, above: readonly string[], needed: boolean): void => {
    for (const [name, field] of Object.entries(fields)) {
      const path = [...above, name]
      const key = JSON.stringify(path)
      const required = needed && !field.optional && field.default === undefined
      if (field.type.kind === 'object' && field.fields && !places.has(key)) {
        // The members of an object that need not be sent are needed once it is.
        visit(field.fields, path, needed)
        continue
      }
      const column = bound.get(key) ?? named(name, field, operation, manifest)
      slots.push({ path, field, place: places.get(key) ?? 'body', required, ...(column && { column }) })
    }
  }
  visit(operation.input, [], true)
  return slots
}

/** A reference names a row of its model; of a handler, a text that is called as one model's unique field is that field. */
function named(name: string, { type }: InputField, operation: Operation, { models }: Manifest): Column | undefined {
  if ((type.kind === 'ref' || type.kind === 'id') && type.model !== undefined) {
    const model = models[type.model]
    return model && { model: type.model, field: model.id }
  }
  if (operation.kind !== 'invoke') return undefined
  if (type.kind === 'id') return namedByPath(operation, models)
  if (!textual.has(type.kind)) return undefined
  const having = Object.entries(models).filter(
    ([, model]) =>
      model.schema === undefined && model.fields[name]?.unique && textual.has(model.fields[name].type.kind),
  )
  const [only] = having
  return only && having.length === 1 ? { model: only[0], field: name } : undefined
}

/** An id that says of no model is of the one that the path of its route names last: `/articles/:id`. */
function namedByPath({ http }: Operation, models: Manifest['models']): Column | undefined {
  const segments = http?.path.split('/').map(inOneWord) ?? []
  const own = Object.entries(models).filter(([, { schema }]) => schema === undefined)
  for (const segment of segments.reverse()) {
    const model = own.find(([name, { table }]) => [name, table, plural(name)].map(inOneWord).includes(segment))
    if (model) return { model: model[0], field: model[1].id }
  }
  return undefined
}

/** `order-items` and `orderItems` are the same name. */
const inOneWord = (name: string): string => name.replace(/[-_]/g, '').toLowerCase()

const textual: ReadonlySet<string> = new Set(['text', 'slug', 'email'])
