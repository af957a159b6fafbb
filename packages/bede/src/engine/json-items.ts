import { Problem } from '../telemetry/problem.ts'

/** Longer items than any row are a mistake in the file, and must not fill the memory. */
const longestItem = 16 * 1024 * 1024

const quote = 0x22
const backslash = 0x5c

/**
 * Cuts JSON text into the items of its outermost array (or the members of its outermost object) without reading them:
 * what the database wrote is passed on to the letter, and a file of any length is read in little memory.
 */
export class ItemSplitter {
  readonly #open: string
  readonly #close: string
  #depth = 0
  #inString = false
  #escaped = false
  #ended = false
  #begun = false
  #item = ''
  #commas = 0

  constructor(kind: 'array' | 'object') {
    this.#open = kind === 'array' ? '[' : '{'
    this.#close = kind === 'array' ? ']' : '}'
  }

  /** The outermost value is complete. */
  get ended(): boolean {
    return this.#ended
  }

  /** The items that are complete after `text`, as they are written, without the space around them. */
  push(text: string): readonly string[] {
    const items: string[] = []
    let from = 0
    const take = (to: number) => {
      const item = (this.#item + text.slice(from, to)).trim()
      this.#item = ''
      return item
    }
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (code === backslash) this.#escaped = true
        else if (code === quote) this.#inString = false
        continue
      }
      const char = text[at] ?? ''
      if (this.#ended || !this.#begun) {
        if (/\s/.test(char) || char === '\uFEFF') continue
        if (this.#ended || char !== this.#open) throw malformed(this.#ended ? 'after its end' : 'at its beginning')
        this.#begun = true
        this.#depth = 1
        from = at + 1
        continue
      }
      if (code === quote) this.#inString = true
      else if (char === '[' || char === '{') this.#depth += 1
      else if (char === ',' && this.#depth === 1) {
        const item = take(at)
        if (item === '') throw malformed('with an item missing')
        items.push(item)
        this.#commas += 1
        from = at + 1
      } else if (char === ']' || char === '}') {
        this.#depth -= 1
        if (this.#depth > 0) continue
        if (char !== this.#close) throw malformed(`with '${char}' for '${this.#close}'`)
        const item = take(at)
        if (item !== '') items.push(item)
        else if (this.#commas > 0) throw malformed('with an item missing')
        this.#ended = true
        from = at + 1
      }
    }
    if (this.#begun && !this.#ended) this.#item += text.slice(from)
    if (this.#item.length > longestItem) throw malformed('with an item of more than 16 MB')
    return items
  }
}

const malformed = (where: string): Problem =>
  new Problem('invalid-file', {
    message: `The JSON is malformed ${where}`,
    hint: 'A file of the format json is one array of objects. For an object per line, use the format ndjson.',
  })

/** The items of an array that is whole, as they are written. */
export const itemsOf = (array: string): readonly string[] => new ItemSplitter('array').push(array)

/** The members of an object that is whole: each value as it is written. */
export function membersOf(object: string): ReadonlyMap<string, string> {
  const members = new ItemSplitter('object').push(object)
  return new Map(
    members.map((member) => {
      const end = endOfName(member)
      const name: unknown = JSON.parse(member.slice(0, end))
      return [String(name), member.slice(member.indexOf(':', end) + 1).trim()]
    }),
  )
}

function endOfName(member: string): number {
  for (let at = 1; at < member.length; at++) {
    const code = member.charCodeAt(at)
    if (code === backslash) at += 1
    else if (code === quote) return at + 1
  }
  throw malformed('in the name of a member')
}
