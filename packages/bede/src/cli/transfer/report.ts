import type { Terminal } from '../terminal/terminal.ts'

/** Milliseconds between two lines of progress: enough for a person, and not too much for a log. */
const pause = 2_000

/** Says now and then how far a long run has come, when somebody is watching. */
export function reporter(terminal: Terminal, what: string) {
  let last = performance.now()
  let said = false
  return {
    at(rows: number, more = ''): void {
      if (!terminal.watched || performance.now() - last < pause) return
      last = performance.now()
      said = true
      terminal.say(terminal.said('dim', `${rows} ${what}${more}`))
    },
    /** Whether anything was said. */
    end: (): boolean => said,
  }
}
