import { isProblem, type Problem, type ProblemDetail } from '../../telemetry/problem.ts'

/** What the process was started with. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Where a value is said: in a variable, unless an option of the command says it. */
export interface Said {
  readonly variable: string
  readonly option?: string
}

/** What is expected of a value, for whoever wrote another: `PORT is ${expected}.` and `For example: PORT=${example}`. */
export interface Expected<T> {
  readonly expected: string
  readonly example: string
  /** Undefined for a text that is no such value. */
  parse(text: string): T | undefined
}

/** Reads variables and options, and goes on after a mistake, so that all of them are told at once. No value is ever told. */
export class Reading {
  readonly mistakes: ProblemDetail[] = []
  readonly #environment: Environment
  readonly #options: Environment

  constructor(environment: Environment, options: Environment = {}) {
    this.#environment = environment
    this.#options = options
  }

  /** The text and where it stands; undefined where nothing is said. An empty variable says nothing. */
  text({ variable, option }: Said): { readonly text: string; readonly place: string } | undefined {
    const typed = option === undefined ? undefined : this.#options[option]
    if (typed !== undefined) return { text: typed, place: `--${option}` }
    const text = this.#environment[variable]
    return text ? { text, place: variable } : undefined
  }

  /** The same, for what is a mistake where it is there and empty. */
  stated(said: Said): { readonly text: string; readonly place: string } | undefined {
    return (
      this.text(said) ??
      (this.#environment[said.variable] === undefined ? undefined : { text: '', place: said.variable })
    )
  }

  /** The value; `absent` where nothing is said, and where it is a mistake. */
  value<T, A>(said: Said, { expected, example, parse }: Expected<T>, absent: A): T | A {
    const found = this.text(said)
    if (!found) return absent
    const value = parse(found.text)
    if (value !== undefined) return value
    const { place } = found
    const assigned = place.startsWith('--') ? `${place} ${example}` : `${place}=${example}`
    this.mistake(place, `${place} is ${expected}.`, `For example: ${assigned}`)
    return absent
  }

  /** What a part makes of the environment; undefined, with its mistakes noted, where it throws a Problem. */
  part<T>(read: (environment: Environment) => T): T | undefined {
    try {
      return read(this.#environment)
    } catch (error) {
      if (!isProblem(error)) throw error
      this.mistakes.push(...(error.details.length > 0 ? error.details : [detailOf(error)]))
      return undefined
    }
  }

  mistake(place: string, message: string, hint: string): void {
    this.mistakes.push({ place, code: 'invalid-setting', message, hint })
  }
}

const detailOf = ({ code, message, hint }: Problem): ProblemDetail => ({
  place: 'environment',
  code,
  message,
  ...(hint === undefined ? {} : { hint }),
})
