/** Whether these bytes stand at a place, each given as a letter of Latin-1. */
export function stands(bytes: Uint8Array, letters: string, at = 0): boolean {
  if (bytes.length < at + letters.length) return false
  for (let i = 0; i < letters.length; i++) if (bytes[at + i] !== letters.charCodeAt(i)) return false
  return true
}

/** Where these letters first stand, or -1. */
export const find = (bytes: Uint8Array, letters: string, from = 0): number =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(letters, from, 'latin1')

/** Numbers at a place; undefined where the bytes end before. */
export const u16be = (bytes: Uint8Array, at: number): number | undefined => number(bytes, at, 2, true)
export const u16le = (bytes: Uint8Array, at: number): number | undefined => number(bytes, at, 2, false)
export const u24le = (bytes: Uint8Array, at: number): number | undefined => number(bytes, at, 3, false)
export const u32be = (bytes: Uint8Array, at: number): number | undefined => number(bytes, at, 4, true)
export const u32le = (bytes: Uint8Array, at: number): number | undefined => number(bytes, at, 4, false)

function number(bytes: Uint8Array, at: number, length: number, big: boolean): number | undefined {
  if (at < 0 || at + length > bytes.length) return undefined
  let value = 0
  for (let i = 0; i < length; i++) value = value * 256 + (bytes[big ? at + i : at + length - 1 - i] ?? 0)
  return value
}
