/** What the routes do not say as the contract does. */
export interface Left {
  /** The place in the contract, or the operation. Data: it is shown, and nothing else. */
  readonly place: string
  readonly why: string
}

/** As many as somebody reads. */
const MOST = 2000

/** What is left out on the way, each once, in order. */
export class Leaving {
  readonly #all = new Map<string, Left>()

  add(place: string, why: string): void {
    if (this.#all.size < MOST) this.#all.set(`${place}\0${why}`, { place, why })
  }

  get all(): readonly Left[] {
    return [...this.#all.values()]
  }
}
