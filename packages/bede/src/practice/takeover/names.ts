/** The longest name that is given; a number may follow it. */
const LONGEST = 50

/** Words that cannot be the name of a constant in a module, and names with which objects answer. */
const reserved = new Set(
  [
    ...Object.getOwnPropertyNames(Object.prototype),
    ...'prototype arguments await break case catch class const continue debugger default delete do else enum eval'.split(
      ' ',
    ),
    ...'export extends false finally for function if implements import in instanceof interface let new null'.split(' '),
    ...'package private protected public return static super switch this throw true try typeof var void while with'.split(
      ' ',
    ),
    ...'yield async of undefined NaN Infinity globalThis then'.split(' '),
  ].map((name) => name.toLowerCase()),
)

const words = (name: string): readonly string[] =>
  name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')

const upper = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase()

/** `film_actor`, `FilmActor` and `"film actor"` → `filmActor`. `otherwise`: where nothing of it is left. */
export function camel(name: string, otherwise: string): string {
  const [first = otherwise, ...rest] = words(name)
  const joined = first.toLowerCase() + rest.map(upper).join('')
  return (/^\d/.test(joined) ? `${otherwise}${joined}` : joined).slice(0, LONGEST)
}

/** `filmActor` → `FilmActor` */
export const pascal = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1)

/** Names of one scope, each given once; two that differ by case alone are the same, as they are to some file systems. */
export class Names {
  readonly #taken: Set<string>
  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set([...taken].map((name) => name.toLowerCase()))
  }

  /** The first of the names wanted that is free, or the last of them with a number. */
  take(...wanted: readonly string[]): string {
    const free = (name: string): boolean => !this.#taken.has(name.toLowerCase()) && !reserved.has(name.toLowerCase())
    const last = wanted.at(-1) ?? 'name'
    let name = wanted.find(free) ?? last
    for (let n = 2; !free(name); n++) name = `${last}${n}`
    this.#taken.add(name.toLowerCase())
    return name
  }
}
