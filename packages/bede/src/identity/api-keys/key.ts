import { randomInt } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** A key that was made: the whole of it, which is shown once, and the part by which people know it again. */
export interface NewKey {
  readonly key: string
  readonly prefix: string
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const idLength = 12
/** 43 letters of 62 hold 256 bits. */
const secretLength = 43
/** As many as 32 bits need. */
const checksumLength = 6

const form = new RegExp(`^[a-z][a-z0-9]{1,19}_[0-9A-Za-z]{${idLength}}_[0-9A-Za-z]{${secretLength + checksumLength}}$`)

/**
 * `acme_4dKk02mNbQ7x_<secret><checksum>`. It begins with a word that its owner knows, so that people and scanners find
 * one in a file where it has no business; the checksum tells a key from what only looks like one without asking anybody.
 */
export function newKey(word: string): NewKey {
  const prefix = `${word}_${letters(idLength)}`
  const unsealed = `${prefix}_${letters(secretLength)}`
  return { key: unsealed + checksum(unsealed), prefix }
}

/** Whether it has the form of a key. Anything else is not looked up. */
export const isKey = (text: string): boolean =>
  form.test(text) && checksum(text.slice(0, -checksumLength)) === text.slice(-checksumLength)

const letters = (count: number): string =>
  Array.from({ length: count }, () => alphabet.charAt(randomInt(alphabet.length))).join('')

function checksum(text: string): string {
  let rest = crc32(text)
  let written = ''
  for (let place = 0; place < checksumLength; place++) {
    written = alphabet.charAt(rest % alphabet.length) + written
    rest = Math.floor(rest / alphabet.length)
  }
  return written
}

/** What keys of an app begin with, where it does not say it: its name, as far as it has letters for it. */
export function keyWord(appName: string): string {
  const word = appName
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/^[0-9]+/, '')
    .slice(0, 20)
  return word.length < 2 ? 'key' : word
}
