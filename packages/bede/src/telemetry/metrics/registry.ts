/** Values of a metric's labels, in the order of its names. They come from the manifest, never from a caller. */
export type Labels = readonly string[]

export interface Counter {
  add(labels: Labels, by?: number): void
}

export interface Histogram {
  /** In seconds. */
  observe(labels: Labels, seconds: number): void
}

/** A metric's name and what it says of itself (Prometheus text format 0.0.4). */
export interface Described {
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
}

/** Numbers about a running process. Nothing is measured where there is no registry. */
export interface Metrics {
  counter(described: Described): Counter
  histogram(described: Described, buckets?: readonly number[]): Histogram
  /** Asked whenever somebody looks. */
  gauge(described: Described, read: () => number): void
  /** All of it, in the Prometheus text format 0.0.4. */
  text(): string
}

/** The Content-Type of that text. */
export const metricsType = 'text/plain; version=0.0.4; charset=utf-8'

/** Seconds: from what memory answers to what nobody waits for. */
const usualBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
/** Series of one metric; what comes on top is counted under `other`: a label that grows must not fill the memory. */
const mostSeries = 5_000
const other = 'other'

interface Series {
  readonly labels: Labels
  sum: number
  count: number
  readonly buckets: Float64Array
}

export function createMetrics(): Metrics {
  const written: (() => string)[] = []

  function family({ name, help, labels = [] }: Described, type: string, bounds: readonly number[]) {
    const series = new Map<string, Series>()
    const of = (values: Labels): Series => {
      const key = values.length === 1 ? (values[0] ?? '') : values.join('\n')
      const found = series.get(key)
      if (found) return found
      if (series.size >= mostSeries && !values.every((value) => value === other)) return of(values.map(() => other))
      const made = { labels: values, sum: 0, count: 0, buckets: new Float64Array(bounds.length) }
      series.set(key, made)
      return made
    }
    const written = (lines: (one: Series, labels: string) => readonly string[]): string => {
      const all = [...series.values()].flatMap((one) => lines(one, pairs(labels, one.labels)))
      return [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${type}`, ...all, ''].join('\n')
    }
    return { of, written }
  }

  return {
    counter(described) {
      const { of, written: lines } = family(described, 'counter', [])
      written.push(() => lines(({ sum }, labels) => [`${described.name}${braced(labels)} ${sum}`]))
      return {
        add(labels, by = 1) {
          of(labels).sum += by
        },
      }
    },
    histogram(described, bounds = usualBuckets) {
      const { name } = described
      const { of, written: lines } = family(described, 'histogram', bounds)
      written.push(() =>
        lines(({ sum, count, buckets }, labels) => {
          let below = 0
          const steps = bounds.map((bound, at) => {
            below += buckets[at] ?? 0
            return `${name}_bucket${braced(labels, `le="${bound}"`)} ${below}`
          })
          return [
            ...steps,
            `${name}_bucket${braced(labels, 'le="+Inf"')} ${count}`,
            `${name}_sum${braced(labels)} ${sum}`,
            `${name}_count${braced(labels)} ${count}`,
          ]
        }),
      )
      return {
        observe(labels, seconds) {
          const one = of(labels)
          one.sum += seconds
          one.count++
          const at = bounds.findIndex((bound) => seconds <= bound)
          if (at >= 0) one.buckets[at] = (one.buckets[at] ?? 0) + 1
        },
      }
    },
    gauge(described, read) {
      const { of, written: lines } = family(described, 'gauge', [])
      written.push(() => {
        of([]).sum = read()
        return lines(({ sum }) => [`${described.name} ${sum}`])
      })
    },
    text: () => written.map((one) => one()).join(''),
  }
}

const pairs = (names: readonly string[], values: Labels): string =>
  names.map((name, at) => `${name}="${quoted(values[at] ?? '')}"`).join(',')

const braced = (...parts: readonly string[]): string => {
  const inner = parts.filter((part) => part !== '').join(',')
  return inner === '' ? '' : `{${inner}}`
}

const escaped = (text: string): string => text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')
const quoted = (text: string): string => escaped(text).replace(/"/g, '\\"')
