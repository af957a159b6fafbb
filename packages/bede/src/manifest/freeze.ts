import type { Manifest } from './manifest.ts'
import { type Form, formOfKind } from './schema/form.ts'
import { manifestSchema } from './schema.ts'

/**
 * A copy of a manifest in canonical form, which nothing can change any more: the members of every object stand in the
 * order of its schema, so that two manifests that say the same are the same text. Names of the declaration keep their
 * order: it is the order of columns and of answers.
 */
export const freeze = (manifest: Manifest): Manifest => arrange(manifest, manifestSchema) as Manifest

function arrange(value: unknown, schema: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const form = formOf(value, schema)
  if (Array.isArray(value)) return Object.freeze(value.map((item) => arrange(item, form?.items)))
  const properties = form?.properties
  if (!isForm(properties)) {
    const each = form?.additionalProperties
    return Object.freeze(Object.fromEntries(Object.entries(value).map(([name, one]) => [name, arrange(one, each)])))
  }
  // The schema's own names: none of them is JavaScript's.
  const members: Record<string, unknown> = {}
  const given = value as Form
  for (const name of namesOf(properties)) {
    if (Object.hasOwn(given, name) && given[name] !== undefined) members[name] = arrange(given[name], properties[name])
  }
  return Object.freeze(members)
}

const isForm = (value: unknown): value is Form => typeof value === 'object' && value !== null

/** The form that describes this very value: references followed, the one of its `kind` taken. */
function formOf(value: object, schema: unknown): Form | undefined {
  if (!isForm(schema)) return undefined
  if (typeof schema.$ref === 'string') return formOf(value, definition(schema.$ref))
  return ('kind' in value ? formOfKind(schema, value.kind) : undefined) ?? schema
}

function definition(pointer: string): unknown {
  const { $defs } = manifestSchema
  return isForm($defs) ? $defs[pointer.slice('#/$defs/'.length)] : undefined
}

const listed = new WeakMap<Form, readonly string[]>()

/** A manifest has tens of thousands of objects and some sixty forms: the names of each are listed once. */
function namesOf(properties: Form): readonly string[] {
  const known = listed.get(properties)
  if (known) return known
  const names = Object.keys(properties)
  listed.set(properties, names)
  return names
}
