import type { JsonSchema } from '../../expr/value.ts'
import { memberMistake } from '../../manifest/verify/name.ts'
import { patternMistake } from '../../manifest/verify/pattern.ts'
import { camel, type Names } from '../takeover/names.ts'
import { literal } from '../takeover/source.ts'
import { type ContractDocument, isObject, itemsOf, membersOf, nameIn, numberOf, own, textOf } from './document.ts'
import type { Leaving } from './left.ts'
import { plainSchema } from './plain-schema.ts'
import {
  type NamedShape,
  type Scalar,
  type ScalarShape,
  type Shape,
  type ShapeMember,
  sizeOf,
  sizeOfAll,
  type Use,
} from './shape.ts'

/** Schemas within schemas; what is deeper may be anything. */
const DEEPEST = 12
/** Named schemas that are being read, each for the one before; a contract that people write has a few. */
const LONGEST = 200
/** Parts of a shape with everything in it written out. Each route has its own copy of what it checks. */
const LARGEST = 600

/** Reads schemas of a contract as fields. A named schema is read once, whoever names it. */
export class SchemaReader {
  readonly #document: ContractDocument
  readonly #left: Leaving
  readonly #names: Names
  readonly #named = new Map<string, NamedShape | undefined>()
  readonly #reading = new Set<string>()

  constructor(document: ContractDocument, left: Leaving, names: Names) {
    this.#document = document
    this.#left = left
    this.#names = names
  }

  /** Those that somebody names, each after those that it names. */
  get named(): readonly NamedShape[] {
    return [...this.#named.values()].filter((shape) => shape !== undefined)
  }

  /** What the schema at this place was read as. */
  at(reference: string): NamedShape | undefined {
    return this.#named.get(reference)
  }

  use(node: unknown, place: string, depth = 0): Use {
    const { value, reference } = this.#document.resolve(node)
    if (reference !== undefined && value === undefined) {
      this.#left.add(place, `names ${reference}, which is not in the contract: it may be anything`)
      return anything
    }
    if (depth > DEEPEST) {
      this.#left.add(place, 'is nested too deeply: it may be anything')
      return anything
    }
    const { inner, nullable } = this.#withoutNull(value)
    if (inner !== value) return { ...this.use(inner, place, depth + 1), nullable }
    const shape = this.#shape(value, reference, place, depth)
    const given = defaultOf(shape, own(value, 'default'))
    return { shape, nullable: nullable && shape.kind !== 'json', ...(given !== undefined && { default: given }) }
  }

  /** `anyOf: [X, { type: 'null' }]` is X or null; so is `allOf` of one schema. */
  #withoutNull(value: unknown): { readonly inner: unknown; readonly nullable: boolean } {
    const nullable = acceptsNull(value)
    for (const keyword of ['anyOf', 'oneOf', 'allOf'] as const) {
      const all = itemsOf(own(value, keyword))
      const others = all.filter((one) => own(one, 'type') !== 'null')
      const [only] = others
      if (others.length === 1 && own(value, 'properties') === undefined && isObject(only))
        return { inner: only, nullable: nullable || all.length > 1 }
    }
    return { inner: value, nullable }
  }

  #shape(value: unknown, reference: string | undefined, place: string, depth: number): Shape {
    const type = [own(value, 'type')].flat().filter((one) => one !== 'null')
    const isUnion = own(value, 'oneOf') !== undefined || own(value, 'anyOf') !== undefined || type.length > 1
    if (!isObject(value) || isUnion || own(value, 'not') !== undefined) return this.#asDocument(value)
    if (own(value, 'properties') !== undefined || own(value, 'allOf') !== undefined)
      return this.#object(value, reference, place, depth)
    const texts = itemsOf(own(value, 'enum') ?? [own(value, 'const')].filter((one) => one !== undefined))
    if (texts.length > 0) return choiceOf(texts) ?? this.#asDocument(value)
    switch (type[0]) {
      case 'string':
        return this.#text(value, place)
      case 'integer':
      case 'number':
        return this.#number(value, type[0])
      case 'boolean':
        return { kind: 'scalar', verb: 'bool', options: [] }
      case 'array':
        return this.#list(value, place, depth)
      default:
        return this.#asDocument(value)
    }
  }

  /** Whatever has no form of its own is a document that is checked by its schema. */
  #asDocument(value: unknown): Shape {
    const schema: JsonSchema = plainSchema(this.#document, value)
    return typeof schema === 'object' ? { kind: 'json', schema } : { kind: 'json' }
  }

  #list(value: unknown, place: string, depth: number): Shape {
    const { shape, nullable } = this.use(own(value, 'items') ?? {}, `${place}/items`, depth + 1)
    if (nullable) return this.#asDocument(value)
    if (own(value, 'uniqueItems') === true) this.#left.add(place, 'asks for items that differ: that is not checked')
    return { kind: 'list', of: shape, options: lengths(value, 'minItems', 'maxItems') }
  }

  #text(value: unknown, place: string): Shape {
    const format = textOf(own(value, 'format'))
    const verb = scalarOf[format ?? ''] ?? 'text'
    if (verb !== 'text' && verb !== 'email') return { kind: 'scalar', verb, options: [] }
    const options = lengths(value, 'minLength', 'maxLength')
    const pattern = textOf(own(value, 'pattern'))
    if (pattern === undefined) return { kind: 'scalar', verb, options }
    // A pattern of a contract is found anywhere in the text, one of Bede is all of it.
    const whole = /^\^((?:[^\\$|]|\\[\s\S])*)\$$/.exec(pattern)?.[1]
    if (whole !== undefined && patternMistake(whole) === undefined)
      return { kind: 'scalar', verb, options: [...options, `pattern: new RegExp(${literal(whole)}, 'u')`] }
    if (patternMistake(pattern) === undefined && verb === 'text')
      return this.#checked(value, { kind: 'scalar', verb, options })
    this.#left.add(place, 'has a pattern that does not compile, or can take long: it is not checked')
    return { kind: 'scalar', verb, options }
  }

  #number(value: unknown, type: 'integer' | 'number'): Shape {
    const whole = type === 'integer'
    // A whole number beyond a bound is the next one.
    const step = whole ? 1 : 0
    const [min, max] = [
      innermost(value, 'minimum', 'exclusiveMinimum', step, Math.max),
      innermost(value, 'maximum', 'exclusiveMaximum', -step, Math.min),
    ]
    const fits = (limit: number | undefined): limit is number =>
      limit !== undefined && (!whole || Number.isSafeInteger(limit))
    const isNone = min !== undefined && max !== undefined && min > max
    const options = isNone ? [] : [...(fits(min) ? [`min: ${min}`] : []), ...(fits(max) ? [`max: ${max}`] : [])]
    const shape = { kind: 'scalar', verb: whole ? 'integer' : 'float', options } as const
    // A field has bounds that count themselves, and no multiples.
    const isMore = own(value, 'multipleOf') !== undefined || (!whole && isExclusive(value))
    return isMore ? this.#checked(value, shape) : shape
  }

  /** A value with a rule that its field cannot say. */
  #checked(value: unknown, of: ScalarShape): Shape {
    return { kind: 'json', of, orNull: acceptsNull(value), schema: plainSchema(this.#document, value) }
  }

  #object(value: unknown, reference: string | undefined, place: string, depth: number): Shape {
    if (reference === undefined) {
      const members = this.#members(value, place, depth)
      return members === undefined ? this.#asDocument(value) : { kind: 'object', members }
    }
    const title = nameIn(reference.split('/').at(-1) ?? '')
    if (this.#reading.has(reference)) {
      this.#left.add(place, `holds itself, by way of ${reference}: the inner one may be anything`)
      return { kind: 'json', refers: reference }
    }
    if (!this.#named.has(reference)) {
      if (this.#reading.size >= LONGEST) {
        this.#left.add(place, 'is named by way of too many others: it may be anything')
        return { kind: 'json', refers: reference }
      }
      this.#reading.add(reference)
      const members = this.#members(value, reference, 0)
      this.#reading.delete(reference)
      // Whatever it names is in the map by now: each comes after what it is made of.
      const shape = members && {
        name: this.#names.take(camel(title, 'shape'), camel(`${title} shape`, 'shape')),
        title,
        members,
        size: sizeOfAll(members),
      }
      this.#named.set(reference, shape)
    }
    const shape = this.#named.get(reference)
    return shape ? { kind: 'named', shape } : this.#asDocument(value)
  }

  /** The members, or nothing where an object of Bede cannot have them. */
  #members(value: unknown, place: string, depth: number): readonly ShapeMember[] | undefined {
    const parts = this.#parts(value, 0)
    if (parts === undefined) return undefined
    const properties = new Map(parts.flatMap((part) => membersOf(own(part, 'properties'))))
    const required = new Set(parts.flatMap((part) => itemsOf(own(part, 'required'))))
    if (properties.size === 0) return undefined
    if (parts.some((part) => isOpen(own(part, 'additionalProperties')))) return undefined
    const members: ShapeMember[] = []
    let size = 1
    for (const [name, node] of properties) {
      if (memberMistake(name) !== undefined) {
        this.#left.add(place, 'has members whose names no input has: it is checked as a document')
        return undefined
      }
      const use = this.use(node, `${place}/${name}`, depth + 1)
      const isLarge = size + sizeOf(use.shape) > LARGEST
      if (isLarge) this.#left.add(`${place}/${name}`, 'makes its object too large: it may be anything')
      const shape: Shape = isLarge ? { kind: 'json' } : use.shape
      size += sizeOf(shape)
      const about = textOf(own(this.#document.resolve(node).value, 'description'))
      members.push({
        ...(isLarge ? { nullable: false } : use),
        shape,
        name,
        optional: !required.has(name),
        ...(about !== undefined && { about }),
      })
    }
    return members
  }

  /** The objects that it is made of, or nothing where one of them is no plain object. */
  #parts(value: unknown, depth: number): readonly unknown[] | undefined {
    const found: unknown[] = own(value, 'properties') === undefined ? [] : [value]
    for (const one of itemsOf(own(value, 'allOf'))) {
      const part = this.#document.resolve(one).value
      const isPlain = isObject(part) && ['oneOf', 'anyOf', 'not', 'enum'].every((word) => own(part, word) === undefined)
      const inner = isPlain && depth < DEEPEST ? this.#parts(part, depth + 1) : undefined
      if (inner === undefined) return undefined
      found.push(...inner)
    }
    return found.length === 0 && own(value, 'required') === undefined && depth === 0 ? undefined : [...found, value]
  }
}

/** A bound that counts itself: `exclusive` is true of the other (3.0), or a bound of its own (3.1). */
function innermost(
  value: unknown,
  name: string,
  exclusive: string,
  step: number,
  nearer: (...limits: readonly number[]) => number,
): number | undefined {
  const [limit, beyond] = [numberOf(own(value, name)), own(value, exclusive)]
  const limits = [
    ...(limit === undefined ? [] : [beyond === true ? limit + step : limit]),
    ...(typeof beyond === 'number' ? [beyond + step] : []),
  ]
  return limits.length === 0 ? undefined : nearer(...limits)
}

const isExclusive = (value: unknown): boolean =>
  ['exclusiveMinimum', 'exclusiveMaximum'].some((name) =>
    [own(value, name)].some((one) => one === true || typeof one === 'number'),
  )

/** As 3.0 says it, and as 3.1 does. */
const acceptsNull = (value: unknown): boolean =>
  own(value, 'nullable') === true || [own(value, 'type')].flat().includes('null')

const anything: Use = { shape: { kind: 'json' }, nullable: false }

const scalarOf: Readonly<Record<string, Scalar>> = Object.assign(Object.create(null), {
  'date-time': 'timestamp',
  date: 'date',
  email: 'email',
})

/** Whether callers may send members that the contract does not name. Saying nothing is not yet saying so. */
const isOpen = (value: unknown): boolean => value === true || isObject(value)

function choiceOf(values: readonly unknown[]): Shape | undefined {
  const texts = values.filter((value) => typeof value === 'string')
  const isStorable = texts.every((text) => text.isWellFormed() && !text.includes('\0'))
  if (texts.length < values.length || !isStorable) return undefined
  return { kind: 'choice', values: [...new Set(texts)] }
}

function lengths(value: unknown, least: string, most: string): readonly string[] {
  const [min, max] = [numberOf(own(value, least)), numberOf(own(value, most))]
  const fits = (one: number | undefined): one is number => one !== undefined && Number.isSafeInteger(one) && one >= 0
  if (fits(min) && fits(max) && min > max) return []
  return [...(fits(min) && min > 0 ? [`min: ${min}`] : []), ...(fits(max) ? [`max: ${max}`] : [])]
}

/** The source of a default, where it is a value of its field. */
function defaultOf(shape: Shape, value: unknown): string | undefined {
  if (shape.kind === 'choice')
    return typeof value === 'string' && shape.values.includes(value) ? literal(value) : undefined
  if (shape.kind !== 'scalar') return undefined
  // One that its own limits refuse would stop the start.
  if (!shape.options.every((option) => isWithin(option, value))) return undefined
  if (shape.verb === 'text' && typeof value === 'string' && value.isWellFormed() && !value.includes('\0'))
    return literal(value)
  if (shape.verb === 'integer' && Number.isSafeInteger(value)) return String(value)
  if (shape.verb === 'float' && typeof value === 'number' && Number.isFinite(value)) return String(value)
  return shape.verb === 'bool' && typeof value === 'boolean' ? String(value) : undefined
}

/** Whether a value keeps to an option that is a bound. Of others, such as a pattern, nothing is known here. */
function isWithin(option: string, value: unknown): boolean {
  const [, side, bound] = /^(min|max): (-?[\d.e+-]+)$/.exec(option) ?? []
  const size = typeof value === 'string' ? [...value].length : value
  if (bound === undefined || typeof size !== 'number') return false
  return side === 'min' ? size >= Number(bound) : size <= Number(bound)
}
