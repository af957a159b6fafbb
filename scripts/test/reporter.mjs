// What a test process tells of its tests: node:test loads this file as its reporter.
import { inspect } from 'node:util'
import { tell } from './channel.mjs'

const TOLD = new Set(['test:start', 'test:pass', 'test:fail'])

/** The suite that stands for a file, and what to call when node:test has told of its end. */
let awaited

/** Resolves when the outermost suite of this name has ended, and everything about it was told. */
export function ended(name) {
  return new Promise((resolve) => {
    awaited = { name, resolve }
  })
}

export default async function* report(events) {
  for await (const { type, data } of events) {
    if (!TOLD.has(type)) continue
    const { name, nesting, skip, todo, details = {} } = data
    const failure = details.error && { kind: details.error.failureType, text: described(details.error) }
    // The suite around a file's tests is not the file's: nesting -1.
    tell({ type, name, nesting: nesting - 1, skip, todo, suite: details.type === 'suite', failure })
    if (nesting === 0 && type !== 'test:start' && name === awaited?.name) awaited.resolve()
  }
  yield '' // a reporter has to write something
}

/** The error a test threw, without the frames of node:test itself. */
export function described(error) {
  const cause = error?.cause ?? error
  const text =
    cause instanceof Error ? (cause.stack ?? cause.message) : typeof cause === 'string' ? cause : inspect(cause)
  return text
    .split('\n')
    .filter((line) => !/^\s+at .*node:internal/.test(line))
    .join('\n')
}
