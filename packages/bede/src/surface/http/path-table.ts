interface Entry {
  readonly segments: readonly string[]
  readonly methods: Set<string>
  readonly says: Record<string, string>
}

/** Which methods a path answers, for Allow (RFC 9110 §10.2.1), and what is said of it to OPTIONS. Asked only when no route was found. */
export class PathTable {
  readonly #bySize = new Map<number, Entry[]>()

  /** `path` is a pattern: `/articles/:slug`. */
  add(path: string, methods: Iterable<string>): void {
    const entry = this.#entry(path)
    for (const method of methods) entry.methods.add(method)
  }

  /** Header lines of a path. */
  say(path: string, lines: Readonly<Record<string, string>>): void {
    Object.assign(this.#entry(path).says, lines)
  }

  /** The methods of every route that matches; none: there is nothing at this path. */
  methods(path: string): readonly string[] {
    const found = new Set(this.#matching(path).flatMap(({ methods }) => [...methods]))
    return found.size === 0 ? [] : [...found, 'OPTIONS'].sort()
  }

  /** The header lines of every route that matches. */
  says(path: string): Readonly<Record<string, string>> {
    return Object.assign({}, ...this.#matching(path).map(({ says }) => says))
  }

  #entry(path: string): Entry {
    const segments = split(path)
    const same = this.#bySize.get(segments.length) ?? []
    this.#bySize.set(segments.length, same)
    const known = same.find((other) => other.segments.join('/') === segments.join('/'))
    if (known) return known
    const entry = { segments, methods: new Set<string>(), says: {} }
    same.push(entry)
    return entry
  }

  #matching(path: string): readonly Entry[] {
    const asked = decoded(path)
    if (asked === undefined) return []
    return (this.#bySize.get(asked.length) ?? []).filter(({ segments }) =>
      segments.every((name, i) => (name.startsWith(':') ? asked[i] !== '' : name === asked[i])),
    )
  }
}

const split = (path: string): readonly string[] => path.split('/').slice(1)

function decoded(path: string): readonly string[] | undefined {
  try {
    return split(path).map(decodeURIComponent)
  } catch {
    return undefined
  }
}
