/** Names come from the caller: a long one is cut before it is said back. */
const longest = 100

/** One step of a JSON Pointer (RFC 6901 §3). */
export const pointerToken = (name: string): string => name.slice(0, longest).replaceAll('~', '~0').replaceAll('/', '~1')
