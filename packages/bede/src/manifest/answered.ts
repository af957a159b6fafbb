import type { InvokeOperation, MediaDefinition, ResponseDefinition } from './manifest.ts'

/** What a response says of its body. */
type Said = Pick<ResponseDefinition, 'output' | 'produces' | 'also'>

/** The response of a status: its own, that of its hundred, or that of all which are not named (OpenAPI 3.1, Responses Object). */
export function responseFor<T>(responses: Readonly<Record<string, T>>, status: number): T | undefined {
  const nearest = [String(status), `${String(status)[0]}XX`, 'default'].find((name) => Object.hasOwn(responses, name))
  return nearest === undefined ? undefined : responses[nearest]
}

/** Whether one of the responses is one of success. */
export const hasSuccess = (responses: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(responses).some((status) => status.startsWith('2') || status === 'default')

/** What an operation says of its success itself, and not by status; undefined: nothing. */
export const ownAnswer = ({ output, produces, also }: InvokeOperation): Said | undefined =>
  output === undefined && produces === undefined
    ? undefined
    : { ...(output && { output }), ...(produces !== undefined && { produces }), ...(also && { also }) }

/** The media types of a body, the usual one first, each with the shape of its JSON; none: there is no body. */
export function formsOf({ output, produces, also = {} }: Said): ReadonlyMap<string, MediaDefinition> {
  const first = produces ?? (output && 'application/json')
  if (first === undefined) return new Map()
  return new Map([[first, output ? { output } : {}], ...Object.entries(also)])
}

/** A media type without its parameters (RFC 9110 §8.3.1). */
export const essenceOf = (media: string): string => media.split(';', 1)[0]?.trim().toLowerCase() ?? ''
