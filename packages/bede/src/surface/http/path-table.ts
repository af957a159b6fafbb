/** Which methods a path answers, for Allow (RFC 9110 §10.2.1). Asked only when no route was found. */
export class PathTable {
  readonly #bySize = new Map<number, { readonly segments: readonly string[]; readonly methods: Set<string> }[]>()

  /** `path` is a pattern: `/articles/:slug`. */
  add(path: string, methods: Iterable<string>): void {
    const segments = split(path)
    const same = this.#bySize.get(segments.length) ?? []
    this.#bySize.set(segments.length, same)
    const entry = same.find((other) => other.segments.join('/') === segments.join('/'))
    if (!entry) same.push({ segments, methods: new Set(methods) })
    else for (const method of methods) entry.methods.add(method)
  }

  /** The methods of every route that matches; none: there is nothing at this path. */
  methods(path: string): readonly string[] {
    const segments = decoded(path)
    if (segments === undefined) return []
    const found = new Set<string>()
    for (const entry of this.#bySize.get(segments.length) ?? []) {
      if (!entry.segments.every((name, i) => (name.startsWith(':') ? segments[i] !== '' : name === segments[i])))
        continue
      for (const method of entry.methods) found.add(method)
    }
    return found.size === 0 ? [] : [...found, 'OPTIONS'].sort()
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
