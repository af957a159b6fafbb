import { utimes } from 'node:fs/promises'
import { ownerName, thisOwner } from '../owner.ts'

/** What the names of all scratch folders begin with. */
export const prefix = 'bede-scratch-'

/** What the name of one of this process begins with. */
export const scratchName = (): string => `${prefix}${ownerName(thisOwner())}-`

/** Milliseconds between two signs of life. */
export const beat = 60_000

/** Folders of this process. */
const own = new Set<string>()
let beating: NodeJS.Timeout | undefined

/** From now on the folder shows that somebody needs it: a process in another container sees that and nothing else. */
export function keep(folder: string): void {
  own.add(folder)
  beating ??= setInterval(renew, beat).unref()
}

export function letGo(folder: string): void {
  own.delete(folder)
  if (own.size > 0) return
  clearInterval(beating)
  beating = undefined
}

export const isKept = (folder: string): boolean => own.has(folder)

function renew(): void {
  const now = new Date()
  // One that is gone is let go of in a moment.
  for (const folder of own) utimes(folder, now, now).catch(() => {})
}
