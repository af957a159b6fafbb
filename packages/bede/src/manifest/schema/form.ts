/** JSON Schema (2020-12) of one part of a document, as plain data. */
export type Form = { readonly [keyword: string]: unknown }

type OptionalKey<T> = { [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? K : never }[keyof T]

/** The forms of an interface's members; the compiler sees to it that there is one for each, and none besides. */
type Needed<T> = { readonly [K in Exclude<keyof T, OptionalKey<T>>]: Form }
type Allowed<T> = { readonly [K in OptionalKey<T>]-?: Form }

/** An object with the members of the interface `T` and no others. */
export const closed = <T extends object>(needed: Needed<T>, allowed: Allowed<T>): Form => ({
  type: 'object',
  properties: { ...needed, ...allowed },
  required: Object.keys(needed),
  additionalProperties: false,
})

/** Names with which JavaScript's own objects answer: no reader, in whatever language, should have to think of them. */
const inherited = ['__proto__', 'constructor', 'prototype']

/** An object that maps names to things of one form. */
export const map = (of: Form): Form => ({
  type: 'object',
  propertyNames: { not: { enum: inherited } },
  additionalProperties: of,
})
export const list = (of: Form, more: Form = {}): Form => ({ type: 'array', items: of, ...more })
/** A form of `$defs`, by its name. */
export const ref = (name: string): Form => ({ $ref: `#/$defs/${name}` })

export const text: Form = { type: 'string' }
export const texts: Form = list(text)
/** A flag is there and true, or not there. */
export const flag: Form = { const: true }
export const whole: Form = { type: 'integer' }
export const positive: Form = { type: 'integer', minimum: 1 }
export const is = (value: string | number | boolean): Form => ({ const: value })
export const oneOf = (values: readonly string[]): Form => ({ enum: values })

interface Choice {
  readonly if: { readonly properties: { readonly kind: { readonly not: { readonly const: string } } } }
  readonly else: Form
}

/**
 * One of several forms, told apart by `kind`. Written as conditions rather than as `anyOf`, so that a validator names
 * what is wrong with the form that was meant, and says nothing about the others. The condition is negated because
 * validators report what an `else` found, and not every one what a `then` did.
 */
export const byKind = <Kind extends string>(forms: { readonly [K in Kind]: Form }): Form => ({
  type: 'object',
  properties: { kind: oneOf(Object.keys(forms)) },
  required: ['kind'],
  allOf: Object.entries<Form>(forms).map(
    ([kind, form]): Choice => ({ if: { properties: { kind: { not: { const: kind } } } }, else: form }),
  ),
})

/** The one of the forms of {@link byKind} that a thing of this kind has; undefined when `form` is not such a choice. */
export function formOfKind(form: Form, kind: unknown): Form | undefined {
  if (!Array.isArray(form.allOf)) return undefined
  const forms: readonly Choice[] = form.allOf
  return forms.find((one) => one.if.properties.kind.not.const === kind)?.else
}
