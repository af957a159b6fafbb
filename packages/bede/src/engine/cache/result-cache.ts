import { Stop, type StopSignal } from '../../store/stop.ts'

/** Something that was computed from the rows of some models, and may be given again. */
export interface Question {
  readonly key: string
  readonly models: readonly string[]
  /** Milliseconds for which the answer is good, from the moment it was asked for. */
  readonly lasts: number
}

/** What was computed, and how many bytes it keeps. Undefined: there is nothing that could be kept. */
export type Computed<T> = { readonly value: T; readonly bytes: number } | undefined

export interface ResultCache<T> {
  /** The kept answer, or what `compute` gives: once for all who ask the same at the same time. */
  answer(
    question: Question,
    compute: (signal: StopSignal) => Promise<Computed<T>>,
    signal?: StopSignal,
  ): Promise<T | undefined>
  /** Rows of these models have changed, or of any: nothing that began before is given to anybody who asks from now on. */
  changed(models: readonly string[] | undefined): void
  /** While it does not hear of changes it keeps nothing and gives nothing. It begins deaf. */
  hears(now: boolean): void
  readonly bytes: number
  readonly entries: number
}

export interface ResultCacheOptions {
  readonly bytes: number
  /** Milliseconds that never go back. */
  readonly clock: () => number
}

/** When it began, by the clock, and in which state of the models. */
interface Begun {
  readonly at: number
  readonly generation: readonly number[]
}

interface Entry<T> extends Begun {
  readonly value: T
  readonly bytes: number
  readonly lasts: number
}

interface Flight<T> extends Begun {
  readonly computed: Promise<Computed<T>>
  readonly stop: Stop
  waiting: number
}

/** What an entry costs beside its key and its value. */
const overhead = 400
/** An answer that would take more than this part of the room would push out everything for itself. */
const largestPart = 8

/**
 * A bounded cache of results, forgotten longest unused first. Each model has a generation, counted up by each change: a
 * result belongs to the generations that were current when it was *begun*, and is given, joined or kept only while they
 * still are. So a read that a write overtakes is nobody's answer afterwards.
 */
export function createResultCache<T>({ bytes: room, clock }: ResultCacheOptions): ResultCache<T> {
  const entries = new Map<string, Entry<T>>()
  const flights = new Map<string, Flight<T>>()
  /** Of the models that some question was about: what is told of others is nobody's, however often it is told. */
  const generations = new Map<string, number>()
  let epoch = 0
  let held = 0
  let hearing = false

  const generationOf = (models: readonly string[]): readonly number[] => [
    epoch,
    ...models.map((model) => generations.get(model) ?? 0),
  ]
  const current = ({ generation, at }: Begun, { models, lasts }: Question): boolean => {
    const now = generationOf(models)
    return clock() - at < lasts && generation.every((each, index) => each === now[index])
  }

  function forget(key: string, entry: Entry<T>): void {
    if (entries.get(key) !== entry) return
    entries.delete(key)
    held -= entry.bytes
  }

  function keep(question: Question, begun: Begun, { value, bytes }: NonNullable<Computed<T>>): void {
    const cost = bytes + question.key.length * 2 + overhead
    if (!hearing || cost > room / largestPart || !current(begun, question)) return
    const old = entries.get(question.key)
    if (old) forget(question.key, old)
    entries.set(question.key, { ...begun, value, bytes: cost, lasts: question.lasts })
    held += cost
    for (const [key, entry] of entries) {
      if (held <= room) break
      forget(key, entry)
    }
  }

  function kept(question: Question): Entry<T> | undefined {
    const entry = entries.get(question.key)
    if (!entry) return undefined
    entries.delete(question.key)
    if (current(entry, question)) {
      entries.set(question.key, entry) // used last
      return entry
    }
    held -= entry.bytes
    return undefined
  }

  function begin(question: Question, compute: (signal: StopSignal) => Promise<Computed<T>>): Flight<T> {
    for (const model of question.models) if (!generations.has(model)) generations.set(model, 0)
    const stop = new Stop()
    const begun: Begun = { at: clock(), generation: generationOf(question.models) }
    const computed = compute(stop).finally(() => {
      if (flights.get(question.key) === flight) flights.delete(question.key)
    })
    const flight: Flight<T> = { ...begun, computed, stop, waiting: 0 }
    computed.then(
      (result) => result && keep(question, begun, result),
      () => {}, // those who wait for it are told
    )
    flights.set(question.key, flight)
    return flight
  }

  return {
    async answer(question, compute, signal) {
      if (!hearing) return (await compute(signal ?? new Stop()))?.value
      const found = kept(question)
      if (found) return found.value
      const under = flights.get(question.key)
      const flight = under && current(under, question) ? under : begin(question, compute)
      flight.waiting++
      // Its computation belongs to all who wait: it ends with the last of them, not with the first.
      const leave = () => {
        if (--flight.waiting > 0) return
        if (flights.get(question.key) === flight) flights.delete(question.key)
        flight.stop.abort()
      }
      signal?.addEventListener('abort', leave, { once: true })
      try {
        return (await flight.computed)?.value
      } finally {
        signal?.removeEventListener('abort', leave)
      }
    },
    changed(models) {
      if (!models) return empty()
      for (const model of models) {
        const generation = generations.get(model)
        if (generation !== undefined) generations.set(model, generation + 1)
      }
    },
    hears(now) {
      hearing = now
      empty()
    },
    get bytes() {
      return held
    },
    get entries() {
      return entries.size
    },
  }

  function empty(): void {
    epoch++
    entries.clear()
    held = 0
  }
}
