import { readFile } from 'node:fs/promises'

let read: Promise<string> | undefined

/**
 * The passwords that are tried first, one a line, in lower case: 400 kB that are read when somebody first chooses a
 * password, and stay one text. To look through it takes a small part of the time that a hash does.
 */
const list = (): Promise<string> =>
  (read ??= readFile(new URL('../../../data/common-passwords.txt', import.meta.url), 'latin1'))

/** Whether it is one of the most common passwords. `password`: in lower case. */
export const isCommon = async (password: string): Promise<boolean> =>
  !password.includes('\n') && (await list()).includes(`\n${password}\n`)
