import { styleText } from 'node:util'

type Stream = NodeJS.WriteStream
type Format = Parameters<typeof styleText>[0]

/** Where a command writes: answers to one stream, everything said about them to the other. */
export interface Terminal {
  /** An answer: what a program that reads this command wants. */
  out(text: string): void
  /** What is said to the person watching. */
  say(text: string): void
  /** Colors a part of what is said, where that is a terminal and NO_COLOR is not set. */
  said(format: Format, text: string): string
  /** Colors a part of an answer, likewise. */
  answered(format: Format, text: string): string
  /** Whether a person is watching what is said. */
  readonly watched: boolean
}

/** A terminal over two streams. `styleText` follows NO_COLOR, FORCE_COLOR and whether the stream is a terminal. */
export function createTerminal(out: Stream, err: Stream): Terminal {
  return {
    out: (text) => out.write(`${text}\n`),
    say: (text) => err.write(`${text}\n`),
    said: (format, text) => styleText(format, text, { stream: err }),
    answered: (format, text) => styleText(format, text, { stream: out }),
    watched: err.isTTY === true,
  }
}
