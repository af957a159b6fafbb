import { setImmediate } from 'node:timers/promises'

/** Milliseconds of work after which others have their turn. */
const TURN = 5

/** A line, or a part of one that is longer than `longest`. */
export interface LinePart {
  /** From 1. */
  readonly line: number
  readonly text: string
}

/** The lines of a stream without their ends, with a pause for others every few milliseconds. */
export async function* linesOf(
  source: AsyncIterable<string | Uint8Array>,
  longest: number,
  signal?: AbortSignal,
): AsyncGenerator<LinePart> {
  const decoder = new TextDecoder()
  let since = performance.now()
  let line = 1
  let rest = ''
  const pause = async (): Promise<void> => {
    if (performance.now() - since < TURN) return
    await setImmediate()
    signal?.throwIfAborted()
    since = performance.now()
  }
  for await (const chunk of source) {
    signal?.throwIfAborted()
    const text = rest + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))
    let from = 0
    for (;;) {
      const end = text.indexOf('\n', from)
      const stop = end < 0 ? text.length : end
      while (stop - from > longest) {
        yield { line, text: text.slice(from, from + longest) }
        from += longest
        await pause()
      }
      if (end < 0) break
      yield { line, text: withoutReturn(text.slice(from, end)) }
      line += 1
      from = end + 1
      await pause()
    }
    rest = text.slice(from)
  }
  rest += decoder.decode()
  if (rest !== '') yield { line, text: withoutReturn(rest) }
}

const withoutReturn = (text: string): string => (text.endsWith('\r') ? text.slice(0, -1) : text)
