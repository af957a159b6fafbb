/** An object of the contract. Its names are data: they are looked up as its own members only. */
export type Member = readonly [name: string, value: unknown]

export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const own = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined

export const membersOf = (value: unknown): readonly Member[] => (isObject(value) ? Object.entries(value) : [])
export const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

/** References that lead to references. */
const MOST_STEPS = 20

export interface Resolved {
  readonly value: unknown
  /** The place of what was found, where a reference led there: a JSON Pointer behind a `#`. */
  readonly reference?: string
}

/** A contract, in which references lead to other places of it and nowhere else (RFC 6901, in a fragment). */
export class ContractDocument {
  readonly root: unknown

  constructor(root: unknown) {
    this.root = root
  }

  /** What stands there, behind references. A reference out of the document, to nothing or in a circle has no value. */
  resolve(node: unknown): Resolved {
    let value = node
    let reference: string | undefined
    for (let step = 0; step < MOST_STEPS; step++) {
      const next = textOf(own(value, '$ref'))
      if (next === undefined) return reference === undefined ? { value } : { value, reference }
      if (!next.startsWith('#/')) return { value: undefined, reference: next }
      // What is written in two ways is one place.
      reference = decoded(next)
      value = this.#at(reference)
    }
    return { value: undefined, ...(reference !== undefined && { reference }) }
  }

  #at(reference: string): unknown {
    let value = this.root
    for (const step of reference.slice(2).split('/')) {
      const name = nameIn(step)
      value = Array.isArray(value) ? value[Number(name)] : own(value, name)
    }
    return value
  }
}

/** What a step of a pointer names (RFC 6901 §4). */
export const nameIn = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~')

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
