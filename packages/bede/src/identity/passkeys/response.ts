import { isMembers } from '../../engine/complete.ts'
import type { Json } from '../../expr/value.ts'

/** A member of what a browser has sent: its text; undefined where it is none. */
export function textIn(response: Json, ...path: readonly string[]): string | undefined {
  let at: Json | undefined = response
  for (const name of path)
    at = isMembers(at ?? null) && Object.hasOwn(Object(at), name) ? Reflect.get(Object(at), name) : undefined
  return typeof at === 'string' ? at : undefined
}

/** What the browser says of the page and the challenge (WebAuthn §5.8.1); undefined where it cannot be read. */
export function clientDataIn(response: Json): { readonly challenge: string; readonly framed: boolean } | undefined {
  const json = read(textIn(response, 'response', 'clientDataJSON') ?? '')
  if (!isMembers(json) || typeof json.challenge !== 'string') return undefined
  return { challenge: json.challenge, framed: json.crossOrigin === true || json.topOrigin !== undefined }
}

function read(text: string): Json {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return null
  }
}
