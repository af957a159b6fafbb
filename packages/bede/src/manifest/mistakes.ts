import { mistakesOf } from '../declare/failed.ts'
import { nearest } from '../telemetry/nearest.ts'
import { isProblem, Problem, type ProblemCode, type ProblemDetail } from '../telemetry/problem.ts'

/** Collects every mistake of a declaration, so that a start names them all at once. */
export class Mistakes {
  readonly details: ProblemDetail[] = []

  add(place: string, code: ProblemCode, message: string, hint?: string): void {
    this.details.push({ place, code, message, ...(hint !== undefined && { hint }) })
  }

  /** `There is no … 'x'`, with the name that was probably meant. */
  unknown(place: string, code: ProblemCode, what: string, name: string, known: Iterable<string>): void {
    const names = [...known]
    const meant = nearest(name, names)
    this.add(
      place,
      code,
      `There is no ${what} '${name}'`,
      meant === undefined ? `There are: ${names.join(', ') || 'none'}.` : `Perhaps you meant '${meant}'.`,
    )
  }

  /** Adds the mistakes of a declaration that could not be recorded; false when it could. */
  failed(declaration: object, name?: string): boolean {
    const found = mistakesOf(declaration, name)
    this.details.push(...found)
    return found.length > 0
  }

  /** Adds what another check found, but for what is known of that place already. */
  include(found: readonly ProblemDetail[]): void {
    const known = new Set(this.details.map(({ place, code }) => `${code} ${place}`))
    this.details.push(...found.filter(({ place, code }) => !known.has(`${code} ${place}`)))
  }

  /** Runs one step; a Problem it throws becomes mistakes of that place. */
  attempt<T>(place: string, step: () => T): T | undefined {
    try {
      return step()
    } catch (error) {
      if (!isProblem(error)) throw error
      if (error.details.length > 0) this.details.push(...error.details)
      else this.add(place, error.code, error.message, error.hint)
      return undefined
    }
  }

  /** Throws one Problem that lists them, if there are any. */
  settle(name: string): void {
    const details = [...new Map(this.details.map((one) => [JSON.stringify(one), one])).values()]
    const count = details.length
    if (count === 0) return
    const places = details.map(({ place, message }) => `${place}: ${message}`)
    throw new Problem('invalid-declaration', {
      message: `${name} has ${count === 1 ? 'a mistake' : `${count} mistakes`}: ${places.join('; ')}`,
      details,
    })
  }
}
