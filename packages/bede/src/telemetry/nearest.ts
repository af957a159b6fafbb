/**
 * The name among `known` that `typed` was most likely meant to be, or undefined when none is near: at most a third of
 * its letters differ, and at least one of several may. Letter case does not count as a difference.
 */
export function nearest(typed: string, known: Iterable<string>): string | undefined {
  const limit = typed.length < 2 ? 0 : Math.max(1, Math.floor(typed.length / 3))
  let best: string | undefined
  let least = limit + 1
  for (const name of known) {
    if (Math.abs(name.length - typed.length) >= least) continue
    const steps = distance(typed.toLowerCase(), name.toLowerCase())
    if (steps < least) {
      least = steps
      best = name
    }
  }
  return best
}

/** How many letters must be added, dropped, replaced or swapped with their neighbor to make `a` into `b`. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let steps = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) steps = Math.min(steps, before[j - 2]! + 1)
      row.push(steps)
    }
    before = above
    above = row
  }
  return above[b.length]!
}
