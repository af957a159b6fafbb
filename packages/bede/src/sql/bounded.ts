/**
 * A map that holds at most `limit` entries and forgets those that were not used for longest: half of them at once, so
 * that to find one costs no more than in any map.
 */
export class BoundedMap<V> {
  #recent = new Map<string, V>()
  /** Those that were recent before; one that is used becomes so again. */
  #before = new Map<string, V>()
  readonly #half: number

  constructor(limit: number) {
    this.#half = Math.max(1, Math.floor(limit / 2))
  }

  get(key: string): V | undefined {
    const value = this.#recent.get(key)
    if (value !== undefined) return value
    const older = this.#before.get(key)
    if (older !== undefined) {
      this.#before.delete(key)
      this.set(key, older)
    }
    return older
  }

  set(key: string, value: V): V {
    if (this.#recent.size >= this.#half && !this.#recent.has(key)) {
      this.#before = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(key, value)
    return value
  }

  get size(): number {
    return this.#recent.size + this.#before.size
  }
}
