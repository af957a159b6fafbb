import type { Json } from '../../expr/value.ts'
import { bodyKind } from '../../manifest/body-kind.ts'
import { takesBytes } from '../../manifest/files.ts'
import type { HttpBinding, InputField, Operation } from '../../manifest/manifest.ts'
import { Problem, type ProblemDetail } from '../../telemetry/problem.ts'
import type { HttpLimits } from '../http/options.ts'
import { hasBody, jsonMedia, mergePatchMedia, refuseBody } from '../http/request/body.ts'
import { cookieOf } from '../http/request/cookie.ts'
import { pointerToken } from '../http/request/json-pointer.ts'
import { parseJson } from '../http/request/json-text.ts'
import type { Exchange } from '../http/route.ts'
import { formOf } from './read-form.ts'
import { asItIs, Misread, readText, type TextSource, urlDecoded } from './text-value.ts'
import { unknownParameter } from './unknown-parameter.ts'

type Input = { [name: string]: Json }
interface Slot {
  readonly name: string
  readonly path: readonly string[]
  readonly field: InputField
}

/**
 * How a request becomes the input of an operation: every value goes where the binding says and nowhere else, and what the
 * binding does not name is refused. Compiled once; throws a Problem that lists every wrong parameter.
 */
export function inputReader(
  operation: Operation,
  binding: HttpBinding,
  limits: HttpLimits,
): (exchange: Exchange) => Promise<Input> {
  const slots = (of: HttpBinding['params']): readonly Slot[] =>
    Object.entries(of).map(([name, path]) => ({ name, path, field: fieldAt(operation.input, path) }))
  const params = slots(binding.params).map((slot) => ({ slot, place: `/path/${pointerToken(slot.name)}` }))
  const query = new Map(slots(binding.query).map((slot) => [slot.name, slot]))
  const repeated = new Set(binding.repeated)
  const cookies = slots(binding.cookies ?? {})
  const headers = slots(binding.headers ?? {}).map((slot) => ({
    slot,
    line: slot.name.toLowerCase(),
    place: `/headers/${pointerToken(slot.name)}`,
  }))
  const groups = [...params.map(({ slot }) => slot), ...query.values(), ...headers.map(({ slot }) => slot), ...cookies]
    .map((slot) => slot.path.slice(0, -1))
    .filter((path) => path.length > 0)
  // A file is no input: it is asked for where it is known that it may come.
  const isFile =
    operation.kind === 'invoke' &&
    (operation.files !== undefined || (operation.file !== undefined && takesBytes(operation.file)))
  const body = isFile ? undefined : bodyReader(operation, binding, limits)

  return async (exchange) => {
    const input: Input = {}
    const wrong: ProblemDetail[] = []
    const put = (slot: Slot, source: TextSource): void => {
      const value = readText(source, slot.field)
      if (value instanceof Misread) wrong.push(misread(source.place, value))
      else write(input, slot.path, value)
    }
    const add = (slot: Slot, source: TextSource): void => {
      const value = readText(source, slot.field.items ?? { type: slot.field.type.of ?? { kind: 'text' } })
      if (value instanceof Misread) wrong.push(misread(source.place, value))
      else addAt(input, slot.path, value)
    }
    for (const path of groups) groupAt(input, path)
    for (const { slot, place } of params) {
      const raw = exchange.params[slot.name] ?? ''
      put(slot, { raw, place, limits, decode: asItIs })
    }
    for (const { name, raw } of exchange.query(repeated)) {
      const place = `/query/${pointerToken(name)}`
      const slot = query.get(name)
      if (slot && repeated.has(name)) add(slot, { raw, place, limits, decode: urlDecoded })
      else if (slot) put(slot, { raw, place, limits, decode: urlDecoded })
      else wrong.push(unknownParameter(name, place, [...query.keys()]))
    }
    for (const { slot, line, place } of headers) {
      if (!(line in exchange.request.headers)) continue
      const text = [exchange.request.headers[line] ?? []].flat().join(',')
      // RFC 9110 §5.6.1: there may be space around the commas of a list.
      const raw =
        slot.field.type.kind === 'array'
          ? text
              .split(',')
              .map((item) => item.trim())
              .join(',')
          : text
      put(slot, { raw, place, limits, decode: asItIs })
    }
    refuse(wrong)
    await body?.(exchange, input)
    for (const slot of cookies) {
      const raw = cookieOf(exchange.request.headers.cookie, slot.name)
      if (raw !== null && !isSent(input, slot.path))
        put(slot, { raw, place: `/cookies/${pointerToken(slot.name)}`, limits, decode: asItIs })
    }
    refuse(wrong)
    return input
  }
}

function refuse(wrong: readonly ProblemDetail[]): void {
  if (wrong[0]) throw new Problem(wrong[0].code, { details: wrong })
}

/** Puts what the body holds into the input, by the media type that it comes in. */
function bodyReader(
  operation: Operation,
  binding: HttpBinding,
  limits: HttpLimits,
): (exchange: Exchange, input: Input) => Promise<void> {
  const at = binding.body
  if (at === undefined) return refuseMembers
  if (binding.accepts === undefined) {
    const accepted = binding.patch ? [jsonMedia, mergePatchMedia] : [jsonMedia]
    return async (exchange, input) => {
      const body = await exchange.body(accepted)
      if (body !== undefined) merge(input, at, body)
    }
  }
  const accepted = binding.accepts.map((media) => media.toLowerCase())
  const { fields = {} } = at.length === 0 ? { fields: operation.input } : fieldAt(operation.input, at)
  return async (exchange, input) => {
    const body = await exchange.text(accepted)
    if (body === undefined) return
    const kind = bodyKind(body.media)
    const value =
      kind === 'json' ? parseJson(body.text, limits) : kind === 'form' ? formOf(body.text, fields, limits) : body.text
    merge(input, at, value)
  }
}

/** Clients that always send JSON send `{}` where nothing is asked for: it says no more than no body does. */
async function refuseMembers(exchange: Exchange): Promise<void> {
  const { method } = exchange.request
  // A body has no meaning in GET, HEAD and DELETE (RFC 9110 §9.3).
  const may = method === 'POST' || method === 'PUT' || method === 'PATCH'
  if (!may || !hasBody(exchange.request)) return refuseBody(exchange.request)
  const body = await exchange.body([jsonMedia])
  if (body !== undefined && !(isGroup(body) && Object.keys(body).length === 0)) refuseBody(exchange.request)
}

/** The declaration of the value at a path of an input. */
export function fieldAt(input: Readonly<Record<string, InputField>>, path: readonly string[]): InputField {
  const [name = '', ...rest] = path
  const field = Object.hasOwn(input, name) ? input[name] : undefined
  if (field === undefined) {
    throw new Problem('invalid-declaration', {
      message: `A binding names the input '${path.join('.')}', which is not declared.`,
    })
  }
  return rest.length === 0 ? field : fieldAt(field.fields ?? {}, rest)
}

const isSent = (input: Input, path: readonly string[]): boolean =>
  Object.hasOwn(
    path.slice(0, -1).reduce<Input>((at, step) => member(at, step) ?? {}, input),
    path.at(-1) ?? '',
  )

/** Adds an item to the list at a path. */
function addAt(input: Input, path: readonly string[], item: Json): void {
  const group = groupAt(input, path.slice(0, -1))
  const name = path.at(-1) ?? ''
  const there = Object.hasOwn(group, name) ? group[name] : undefined
  group[name] = Array.isArray(there) ? [...there, item] : [item]
}

/** Puts a value at a path that the manifest gives. */
function write(input: Input, path: readonly string[], value: Json): void {
  const last = path.length - 1
  let at = input
  for (let step = 0; step < last; step++) at = group(at, path[step]!)
  at[path[last] ?? ''] = value
}

/** The object at a path, made where it is not there. */
const groupAt = (input: Input, path: readonly string[]): Input => path.reduce(group, input)

function group(at: Input, step: string): Input {
  const there = member(at, step)
  if (there) return there
  const made: Input = {}
  at[step] = made
  return made
}

const isGroup = (value: unknown): value is Input => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Puts the body in its place. A name that the path or the query has already given must not come again (class 16). */
function merge(input: Input, path: readonly string[], body: Json): void {
  const there = path.reduce<Input | undefined>(member, input)
  if (there === undefined) {
    write(input, path, body)
    return
  }
  if (!isGroup(body)) {
    const message = 'It must be an object'
    throw new Problem('invalid-input', { details: [{ place: '/body', code: 'invalid-input', message }] })
  }
  for (const [name, value] of Object.entries(body)) {
    if (Object.hasOwn(there, name)) {
      const place = `/body/${pointerToken(name)}`
      const message = 'This value comes from the address and not from the body.'
      throw new Problem('unknown-field', { message, details: [{ place, code: 'unknown-field', message }] })
    }
    there[name] = value
  }
}

/** The object that a member of an object is, if it is one. */
function member(at: Input | undefined, step: string): Input | undefined {
  const there = at !== undefined && Object.hasOwn(at, step) ? at[step] : undefined
  return isGroup(there) ? there : undefined
}

const misread = (place: string, { expected }: Misread): ProblemDetail => ({
  place,
  code: 'invalid-input',
  message: `It must be ${expected}`,
})
