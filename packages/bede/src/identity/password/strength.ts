import { Problem } from '../../telemetry/problem.ts'
import { isCommon } from './common-passwords.ts'

/** What a new password is measured by. */
export interface Asked {
  /** Where it stands in the input: `/password`. */
  readonly place: string
  /** Characters. */
  readonly min: number
  /** What is known of its owner, and the app's name: nobody has to guess these. */
  readonly known: readonly string[]
}

/** So many letters around what is guessed first are guessed next: `sunshine2024!`. */
const decoration = 4
/** Shorter words stand in many a good password. */
const shortestWord = 4

const advice = 'Choose one that nobody else has, as four words that have nothing to do with each other.'

/**
 * Refuses a new password that is too short or would be guessed among the first (NIST SP 800-63B §5.1.1.2): a common one,
 * one letter or a few over and over, or what is known of its owner; and these with a little before or behind them.
 * Throws a Problem `invalid-value`.
 */
export async function checkPassword(password: string, { place, min, known }: Asked): Promise<void> {
  const normal = password.normalize('NFKC')
  const message =
    [...normal].length < min
      ? `It must be at least ${min} characters long`
      : await guessable(normal.toLowerCase(), known)
  if (message !== undefined)
    throw new Problem('invalid-value', { details: [{ place, code: 'invalid-value', message, hint: advice }] })
}

async function guessable(password: string, known: readonly string[]): Promise<string | undefined> {
  if ((await isCommon(password)) || (await isCommon(core(password))))
    return 'It is one of the passwords that are tried first'
  if (/^(.{1,4}?)\1+.{0,4}$/su.test(password)) return 'It is the same few characters over and over'
  const letters = plain(password)
  const word = known.flatMap(wordsOf).find((one) => letters.includes(one) && letters.length - one.length <= decoration)
  return word === undefined ? undefined : 'It is hardly more than your own name or address, or the name of this app'
}

/** Without the few digits and signs before and behind it; the password itself, where that is more than decoration. */
function core(password: string): string {
  const inside = password.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
  return inside.length >= shortestWord && password.length - inside.length <= decoration ? inside : password
}

/** An address, and what stands before its `@`. */
const wordsOf = (text: string): readonly string[] =>
  [text, text.split('@')[0] ?? ''].map((one) => plain(one.toLowerCase())).filter((one) => one.length >= shortestWord)

const plain = (text: string): string => text.normalize('NFKC').replace(/[^\p{L}\p{N}]/gu, '')
