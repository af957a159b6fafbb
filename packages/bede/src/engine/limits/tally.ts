import type { MemoryCounter } from './memory-counter.ts'
import type { Counter, Owed } from './quota.ts'

/** Milliseconds for which points are gathered before other processes hear of them: a flood is no flood of messages. */
const gathering = 100
/** Callers whose points are gathered at the same time; those of more are counted here alone. */
const most = 1_000

/** Points that this process has counted for itself, told to the others behind its back: nobody waits for it. */
export interface Tally {
  add(owed: Owed): void
  close(): void
}

/**
 * Gathers points and takes them from the shared count, which answers what all processes together have counted; from then
 * on `near` knows that too. What cannot be told is counted here, and not again.
 */
export function createTally(near: MemoryCounter, together: Counter): Tally | undefined {
  if (!together.owe) return undefined
  const owe = together.owe.bind(together)
  let gathered = new Map<string, Owed>()
  let timer: NodeJS.Timeout | undefined
  let telling = false

  const tell = async (): Promise<void> => {
    timer = undefined
    telling = true
    const all = [...gathered.values()]
    gathered = new Map()
    try {
      const standings = await owe(all)
      standings.forEach(({ limit, behind }, index) => {
        const owed = all[index]
        if (owed) near.raise(limit, owed.whose, behind)
      })
    } catch {
      // Whoever counts for all says itself that it cannot.
    } finally {
      telling = false
      if (gathered.size > 0) begin()
    }
  }
  const begin = (): void => {
    timer = setTimeout(() => void tell(), gathering).unref()
  }
  return {
    add(owed) {
      const key = `${owed.limit.name} ${owed.whose}`
      const before = gathered.get(key)
      if (!before && gathered.size >= most) return
      gathered.set(key, before ? { ...owed, points: before.points + owed.points } : owed)
      if (timer === undefined && !telling) begin()
    },
    close: () => clearTimeout(timer),
  }
}
