import type { Models } from '../model/schema.ts'
import { isProblem, type Problem, type ProblemDetail } from '../telemetry/problem.ts'
import { lineOf } from './recording.ts'
import { sourceOf } from './source.ts'

/** What is wrong with a declaration, and the place its mistakes were noted under before it had a name. */
interface Failure {
  readonly place: string
  readonly problem: Problem
}

const failures = new WeakMap<object, Failure>()
const byModels = new WeakMap<Models, object[]>()

/**
 * A declaration, or what stands in its place when it cannot be recorded: a module goes on, so that the start can list
 * the mistakes of all declarations at once. Errors that are no Problem are thrown as they are.
 */
export const recordedOr = <D extends object>(
  place: string,
  models: Models | undefined,
  make: () => D,
  instead: () => D,
): D => {
  try {
    return make()
  } catch (problem) {
    if (!isProblem(problem)) throw problem
    const declaration = instead()
    failures.set(declaration, { place, problem })
    if (models !== undefined) byModels.set(models, [...(byModels.get(models) ?? []), declaration])
    return declaration
  }
}

/** The Problem of a declaration that could not be recorded. */
export const failureOf = (declaration: object): Problem | undefined => failures.get(declaration)?.problem

/** Declarations about these models that could not be recorded, exported or not. */
export const failedAbout = (models: Models): readonly object[] => byModels.get(models) ?? []

/** Its mistakes under `name`, or under what it was called before it had one. */
export const mistakesOf = (declaration: object, name?: string): readonly ProblemDetail[] => {
  const failure = failures.get(declaration)
  if (failure === undefined) return []
  const { place, problem } = failure
  const { code, message, hint, details } = problem
  const source = sourceOf(problem)
  const at = source === undefined ? {} : { source }
  if (details.length === 0) return [{ place: name ?? place, code, message, ...(hint !== undefined && { hint }), ...at }]
  return details.map((detail) => ({
    ...detail,
    ...at,
    ...lineOf(detail),
    place:
      name !== undefined && detail.place.startsWith(place) ? name + detail.place.slice(place.length) : detail.place,
  }))
}
