import { randomInt } from 'node:crypto'

/** Digits: with five guesses at each of five codes an hour, one in four million is right. */
const digits = 8

/** A new code: as it is looked up, and as it stands in the mail. */
export function newCode(): { readonly code: string; readonly shown: string } {
  const code = String(randomInt(10 ** digits)).padStart(digits, '0')
  return { code, shown: `${code.slice(0, digits / 2)}-${code.slice(digits / 2)}` }
}

/** A code as people type it: with spaces, with a hyphen or without. */
export const readCode = (typed: string): string => typed.replace(/[\s-]/g, '')
