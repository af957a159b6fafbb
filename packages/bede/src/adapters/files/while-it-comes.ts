import { Readable } from 'node:stream'

/**
 * The same bytes. It fails when none come for so many milliseconds while its reader waits for some, and when they end
 * without having been ended; how long the reader takes is its own affair.
 */
export function whileItComes(source: Readable, patience: number): Readable {
  let timer: NodeJS.Timeout | undefined
  const rest = (): void => clearTimeout(timer)
  const passed = new Readable({
    read() {
      rest()
      timer = setTimeout(() => passed.destroy(new Error(`nothing came for ${patience} ms`)), patience)
      source.resume()
    },
    destroy(error, done) {
      rest()
      source.destroy()
      done(error)
    },
  })
  source.pause()
  source.on('data', (chunk: Uint8Array) => {
    rest()
    if (!passed.push(chunk)) source.pause()
  })
  source.on('end', () => {
    rest()
    passed.push(null)
  })
  source.on('error', (error) => passed.destroy(error))
  source.on('close', () => source.readableEnded || passed.destroy(new Error('it ended before its end')))
  return passed
}
