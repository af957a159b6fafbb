import type { Progress } from '../../practice/prove/prove.ts'
import type { Terminal } from '../terminal/terminal.ts'

const usualWidth = 80

/** Says what is being tried, in one line that is written over, while a person is watching; to a program nothing. */
export function watching(terminal: Terminal): { readonly tell: (progress: Progress) => void; done(): void } {
  if (!terminal.watched) return { tell: () => {}, done: () => {} }
  let open = false
  const over = (text: string): void => void process.stderr.write(`\r\u001b[2K${text}`)
  return {
    tell({ part, doing, step, steps, requests }) {
      open = true
      const place = steps > 0 ? `${part}, ${step} of ${steps}, ${requests} requests: ` : ''
      // A line that is broken cannot be written over.
      over(terminal.said('dim', `${place}${doing}`.slice(0, (process.stderr.columns ?? usualWidth) - 1)))
    },
    done() {
      if (open) over('')
      open = false
    },
  }
}
