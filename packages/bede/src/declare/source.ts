import type { Problem } from '../telemetry/problem.ts'

const bede = new URL('../', import.meta.url).href

/** The line of the user's own files where a mistake was noted: `file:///…/services/notes.ts:12:5`. */
export const sourceOf = ({ stack = '' }: Problem): string | undefined => {
  for (const line of stack.split('\n')) {
    const [, file, place] = /^\s+at .*?(file:\/\/[^\s)?]+)(?:\?[^\s:)]*)?(:\d+:\d+)\)?$/.exec(line) ?? []
    if (file !== undefined && !file.startsWith(bede) && !file.includes('/node_modules/')) return file + place
  }
  return undefined
}
