import { constants } from 'node:os'
import { isWord } from './word.ts'

/** What asks a process to end: a supervisor, and a person at a terminal. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** By custom, a process that a signal ended exits with this plus the signal's number. */
const SIGNALED = 128

/** Whether somebody has asked this process to end. */
export interface Stopping {
  /** Resolves with the first signal. */
  readonly asked: Promise<NodeJS.Signals>
  /** Lets signals do again what they do by custom. */
  done(): void
}

/**
 * Listens for signals that ask to stop, from the moment it is called: one that comes during a start is not lost. A
 * second signal means that somebody is out of patience: it ends the process at once.
 */
export function listenForStop(): Stopping {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  let stopping = false
  // Who supervises this process passes the signal on in words: a terminal has sent it to both already.
  const told = (word: unknown) => {
    if (isWord(word) && word.bede === 'stop') resolve('SIGTERM')
  }
  process.on('message', told)
  const heard = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(SIGNALED + constants.signals[signal])
    stopping = true
    resolve(signal)
  }
  for (const signal of SIGNALS) process.on(signal, heard)
  return {
    asked: promise,
    done() {
      for (const signal of SIGNALS) process.off(signal, heard)
      process.off('message', told)
    },
  }
}
