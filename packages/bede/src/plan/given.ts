import type { CompiledOperation } from '../manifest/manifest.ts'

/**
 * The optional inputs on whose presence an operation's statement depends, in a fixed order: what a request sends of
 * them is its shape, and each shape has a statement of its own.
 */
export function givenPaths(operation: CompiledOperation): readonly (readonly string[])[] {
  const found = new Map<string, readonly string[]>()
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item)
    else if (typeof value === 'object' && value !== null) {
      if (isGiven(value)) found.set(JSON.stringify(value.path), value.path)
      for (const member of Object.values(value)) visit(member)
    }
  }
  visit(operation.write)
  visit(operation.answers)
  return [...found.values()]
}

const isGiven = (value: object): value is { readonly path: readonly string[] } =>
  'kind' in value &&
  value.kind === 'given' &&
  'path' in value &&
  Array.isArray(value.path) &&
  !('as' in value && value.as !== undefined)
