import type { HttpBinding } from '../../manifest/manifest.ts'
import { type Problem, withPlaces } from '../../telemetry/problem.ts'
import { pointerToken } from '../http/request/json-pointer.ts'

/** The JSON Pointer of a path. */
export const pointer = (path: readonly string[]): string => path.map((step) => `/${pointerToken(step)}`).join('')

/**
 * Says the places of a problem in the words of the request: the engine knows the input as one object, the caller sent
 * a path, a query and a body.
 */
export function placesOf(binding: HttpBinding): (problem: Problem) => Problem {
  const prefixes = [
    ...Object.entries(binding.params).map(([name, path]) => [pointer(path), `/path/${pointerToken(name)}`] as const),
    ...Object.entries(binding.query).map(([name, path]) => [pointer(path), `/query/${pointerToken(name)}`] as const),
    ...Object.entries(binding.headers ?? {}).map(
      ([name, path]) => [pointer(path), `/headers/${pointerToken(name)}`] as const,
    ),
    // Files and the other fields of a form come in one body.
    ['/files', '/body'] as const,
    ...(binding.body ? [[pointer(binding.body), '/body'] as const] : []),
  ].sort(([a], [b]) => b.length - a.length)
  const moved = (place: string): string => {
    const found = prefixes.find(([prefix]) => place === prefix || place.startsWith(`${prefix}/`))
    return found ? found[1] + place.slice(found[0].length) : place
  }
  return (problem) => relocated(problem, moved)
}

/** The same problem with its places said otherwise. */
export function relocated(problem: Problem, moved: (place: string) => string): Problem {
  if (problem.details.length === 0) return problem
  return withPlaces(
    problem,
    problem.details.map((detail) => ({ ...detail, place: moved(detail.place) })),
  )
}
