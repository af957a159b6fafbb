/** How long a batch should take, in milliseconds: a row it writes is locked that long for everybody else. */
const target = 200

/** After a batch, this share of its time belongs to everybody else. */
const rest = 0.5

const smallest = 20
const largest = 50_000

/** A batch is at most so many times larger than the one before: its rows may be others. */
const growth = 2

export interface Pace {
  /** Rows of the next batch. */
  readonly size: number
  /** Takes how long a batch took, in milliseconds; answers how long to pause. */
  took(milliseconds: number): number
}

/** The size of batches, brought to what takes the target time. `first`: where it begins. */
export function pace(first: number): Pace {
  let size = first
  return {
    get size() {
      return size
    },
    took(milliseconds) {
      const factor = Math.min(growth, Math.max(1 / growth, target / Math.max(milliseconds, 1)))
      size = Math.min(largest, Math.max(smallest, Math.round(size * factor)))
      return milliseconds * rest
    },
  }
}

/** The one bound of a batch's statement that counts its rows: `limit 5000`. */
const bound = /\blimit\s+(\d{2,})\b/gi

/** The rows a batch's statement asks for itself; undefined where it does not say so in one place, and is left as it is. */
export function rowsOf(sql: string): number | undefined {
  const found = [...sql.matchAll(bound)]
  return found.length === 1 ? Number(found[0]?.[1]) : undefined
}

/** The statement of a batch of `size` rows. */
export const ofSize = (sql: string, size: number): string => sql.replace(bound, `limit ${size}`)
