import { isMembers } from '../../../engine/complete.ts'
import { offsetMedia } from '../../../engine/files/uploads/append.ts'
import type { Json } from '../../../expr/value.ts'
import { bodyKind, multipartMedia } from '../../../manifest/body-kind.ts'
import { tusResumable, tusVersion } from '../../../surface/rest/tus.ts'
import { madeUp } from '../world/made-up.ts'
import type { PlantedRow } from '../world/planting.ts'
import { anotherPassword, everybodysPassword } from '../world/planting.ts'
import type { World } from '../world/world.ts'
import type { Entry, Slot } from './inventory.ts'
import { madeUpFile, type SentFile } from './made-up-file.ts'

/** One request before it is sent. */
export interface Draft {
  readonly entry: Entry
  readonly method: string
  /** With its query. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Json
  /** How the body is written; absent: as JSON. */
  readonly form?: 'urlencoded' | 'multipart' | 'alone' | 'text'
  readonly files?: readonly SentFile[]
  /** What it brings, as the operation's input. */
  readonly input: Readonly<Record<string, Json>>
}

export interface Filling {
  /** The row it is about. */
  readonly about?: PlantedRow | undefined
  /** `existing`: values that find rows are those of rows; `fresh`: made up, as for something new. */
  readonly values?: 'existing' | 'fresh'
  /** Other values: `skip` leaves one out, undefined takes what would be sent anyway. */
  readonly fill?: (slot: Slot) => { readonly value: Json } | 'skip' | undefined
  /** What need not be sent is sent too, but for filters. */
  readonly full?: boolean
  /** Examples from `prove.json`, as the operation's input. */
  readonly example?: Example
}

/** An input with which an operation is known to go well. */
export type Example = Readonly<Record<string, Json>>

const own = (from: Json | undefined, name: string): Json | undefined =>
  from !== undefined && isMembers(from) && Object.hasOwn(from, name) ? from[name] : undefined

export const valueAt = (from: Json | undefined, path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>((at, step) => own(at, step), from)

/** A request of an operation that could go well. Undefined: nobody knows what to send. */
export function draft(entry: Entry, world: World, filling: Filling = {}): Draft | undefined {
  const input: Record<string, Json> = {}
  for (const slot of entry.slots) {
    const value = valueFor(slot, entry, world, filling)
    if (value === 'unknown') {
      if (slot.required) return undefined
    } else if (value !== 'skip') put(input, slot.path, value.value)
  }
  return toRequest(entry, input)
}

const isPassword = ({ field, path }: Slot): boolean => field.type.kind === 'secret' || path.at(-1) === 'password'

/** A password to have from now on: the one that somebody has is asked for beside it. */
const isChosen = ({ path }: Slot, { slots }: Entry): boolean =>
  path.at(-1) === 'password' && slots.some((slot) => slot.path.at(-1) === 'current' && isPassword(slot))

function valueFor(
  slot: Slot,
  entry: Entry,
  world: World,
  filling: Filling,
): { readonly value: Json } | 'skip' | 'unknown' {
  const { about, values = 'existing', full = false } = filling
  const given = filling.fill?.(slot)
  if (given !== undefined) return given
  const example = valueAt(filling.example, slot.path)
  if (example !== undefined) return { value: example }
  const sent = slot.required || slot.place === 'path' || (full && slot.place === 'body')
  if (!sent) return 'skip'
  if (entry.upload && slot.path[0] === 'length') return { value: String(Math.min(few, entry.upload.rules.max)) }
  if (isPassword(slot)) return { value: isChosen(slot, entry) ? anotherPassword : everybodysPassword }
  const keyed = slot.field.type.kind === 'id' || slot.field.type.kind === 'ref'
  if (slot.column && about && (values === 'existing' || keyed)) {
    const row = world.near(slot.column.model, about)
    const value = row && world.valuesOf(row)?.[slot.column.field]
    if (value !== undefined && value !== null) return { value }
  }
  const made = madeUp(slot.field, world.marks)
  return made ?? 'unknown'
}

/** Bytes of a file that is said to come, and does not. */
const few = 64

function put(input: Record<string, Json>, path: readonly string[], value: Json): void {
  const [first = '', ...rest] = path
  if (rest.length === 0) {
    input[first] = value
    return
  }
  const there = input[first]
  const inner: Record<string, Json> = there !== undefined && isMembers(there) ? { ...there } : {}
  put(inner, rest, value)
  input[first] = inner
}

/** The request that brings this input. */
export function toRequest(entry: Entry, input: Readonly<Record<string, Json>>): Draft {
  const { http } = entry
  const elsewhere = [http.params, http.query, http.headers ?? {}, http.cookies ?? {}].flatMap((one) =>
    Object.values(one),
  )
  const taken = new Set(elsewhere.map((path) => JSON.stringify(path)))
  const path = http.path.replace(/:([A-Za-z_]\w*)/g, (_, name: string) =>
    segment(valueAt(input, http.params[name] ?? [name])),
  )
  const query = Object.entries(http.query).flatMap(([name, from]) => {
    const value = valueAt(input, from)
    if (value === undefined) return []
    const values = http.repeated?.includes(name) && Array.isArray(value) ? value : [value]
    return values.map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(asText(one))}`)
  })
  const lines = Object.entries(http.headers ?? {}).flatMap(([name, from]): [string, string][] => {
    const value = valueAt(input, from)
    // A header line holds visible ASCII: no client sends anything else.
    return value === undefined ? [] : [[name, asText(value).replace(/[^\t\x20-\x7e]/g, '?')]]
  })
  if (entry.upload) lines.push([tusResumable, tusVersion])
  const cookies = Object.entries(http.cookies ?? {}).flatMap(([name, from]): string[] => {
    const value = valueAt(input, from)
    return value === undefined ? [] : [`${name}=${asText(value).replace(/[^!#-+\--:<-[\]-~]/g, '')}`]
  })
  const body = http.body === undefined ? undefined : without(valueAt(input, http.body) ?? {}, http.body, taken)
  return {
    entry,
    method: http.method,
    target: query.length > 0 ? `${path}?${query.join('&')}` : path,
    ...written(
      entry,
      body,
      Object.fromEntries([...lines, ...(cookies.length > 0 ? [['cookie', cookies.join('; ')]] : [])]),
    ),
    ...(body !== undefined && { body }),
    input,
  }
}

/** How the body is written, of what the operation takes: JSON where it takes that. */
function written(
  { http, files, file, upload, samples }: Entry,
  body: Json | undefined,
  headers: Readonly<Record<string, string>>,
): Pick<Draft, 'headers' | 'form' | 'files'> {
  const sent = Object.entries(files).flatMap(([field, rules]) => {
    const sample = samples[field]
    return sample ? { ...sample, type: rules.types[0] ?? sample.type } : (madeUpFile(field, rules) ?? [])
  })
  if (upload?.does === 'append') {
    const part = { field: upload.field, name: 'part', type: offsetMedia, bytes: new Uint8Array(few) }
    return { headers: { ...headers, 'content-type': offsetMedia }, form: 'alone', files: [part] }
  }
  const accepted = http.accepts?.map((one) => one.toLowerCase())
  if (Object.keys(files).length > 0) {
    // A row's file is the whole body.
    if (!file && (!accepted || accepted.includes(multipartMedia))) return { headers, form: 'multipart', files: sent }
    return { headers: { ...headers, 'content-type': sent[0]?.type ?? '' }, form: 'alone', files: sent }
  }
  if (body === undefined) return { headers }
  const media = accepted?.find((one) => bodyKind(one) === 'json') ?? accepted?.[0] ?? 'application/json'
  const kind = bodyKind(media)
  const own = { ...headers, 'content-type': media }
  if (kind === 'form') return { headers: own, form: 'urlencoded' }
  return kind === 'text' ? { headers: own, form: 'text' } : { headers: own }
}

/** The fields of a form. A list comes once for each of its items. */
export const fieldsOf = (body: Json | undefined): readonly (readonly [name: string, value: string])[] =>
  body === undefined || !isMembers(body)
    ? []
    : Object.entries(body).flatMap(([name, value]) =>
        (Array.isArray(value) ? value : [value]).map((one): [string, string] => [name, asText(one)]),
      )

/** A dot alone is a step of a path to whoever reads an address, however it is written. */
const segment = (value: Json | undefined): string => {
  const text = asText(value ?? '')
  return text === '.' || text === '..' ? text.replaceAll('.', '%252e') : encodeURIComponent(text)
}

export const asText = (value: Json): string => {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.join(',')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** The body has what neither the path nor the query brings. */
function without(value: Json, at: readonly string[], taken: ReadonlySet<string>): Json {
  if (!isMembers(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([name]) => !taken.has(JSON.stringify([...at, name]))))
}
