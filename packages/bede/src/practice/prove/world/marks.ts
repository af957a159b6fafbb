/** Where a mark was put. */
export interface Marked {
  readonly model: string
  readonly field: string
  /** The row's id, as text. */
  readonly row: string
}

/**
 * Words that stand in one field of one row each: whoever is shown such a word is shown that field. Letters and digits
 * alone, in lower case, so that no escaping and no slug changes one.
 */
export interface Marks {
  /** A word that nothing else holds. */
  next(): string
  put(mark: string, where: Marked): void
  /** What a text shows. */
  shown(text: string): readonly Marked[]
}

const form = /zq[0-9a-z]{4}zq/g

export function createMarks(): Marks {
  let count = 0
  const places = new Map<string, Marked>()
  return {
    next() {
      count += 1
      return `zq${count.toString(36).padStart(4, '0')}zq`
    },
    put: (mark, where) => void places.set(mark, where),
    shown: (text) =>
      [...new Set(text.match(form) ?? [])].flatMap((mark) => {
        const where = places.get(mark)
        return where ? [where] : []
      }),
  }
}

/** A text as people and attackers write them: its mark, and markup that ends a quoted attribute. */
export const hostileText = (mark: string): string => `${mark} '"><b id=${mark}>`

/** The markup of any mark, as it stands where nobody has escaped it. */
export const liveMarkup = /<b id=zq[0-9a-z]{4}zq/

/** Backtracking engines take exponentially long to see that `^(a+)+$` does not match this. */
export const slowSubject = `${'a'.repeat(23)}!`
