// Turns the events of node:test into counts and readable lines. Only leaves count: a suite, or a test that holds
// subtests, is the sum of what is in it, unless it failed by itself (a hook, a thrown error, a timeout).
import { inspect } from 'node:util'

/** @param {(path: string) => string} shorten how a file's path is shown */
export function createTally(shorten) {
  /** Per file: names of the tests now open, by depth; whether something ran below them; and how the file did. */
  const progress = new Map()
  const tally = { passed: 0, failed: 0, skipped: 0, failures: [], skips: [], take }
  return tally

  function take(type, data) {
    if (type === 'test:start') start(data)
    if (type === 'test:pass') finish(data, true)
    if (type === 'test:fail') finish(data, false)
    if (type === 'test:stdout' || type === 'test:stderr') process.stdout.write(data.message)
    if (type === 'test:summary' && data.file) summary(data)
  }

  function of(file) {
    if (!progress.has(file)) progress.set(file, { names: [], ran: [], passed: 0, failed: 0, skipped: 0 })
    return progress.get(file)
  }

  function start({ file, name, nesting }) {
    of(file).names[nesting] = name
  }

  function finish({ file, name, nesting, details, skip, todo }, passed) {
    const state = of(file)
    const held = state.ran[nesting + 1] ?? 0
    state.ran[nesting + 1] = 0
    state.ran[nesting] = (state.ran[nesting] ?? 0) + 1
    const isParent = held > 0 || details.type === 'suite'
    const full = [shorten(file ?? ''), ...state.names.slice(0, nesting), name].join(' > ')

    // node:test reports a file that holds no test, or that died before its first one, as a test with the file's name.
    const isFile = nesting === 0 && file !== undefined && (name === file || file.endsWith(`/${name}`))

    if (skip !== undefined || todo !== undefined) {
      if (passed || todo !== undefined) {
        const reason = [skip, todo].find((text) => typeof text === 'string' && text !== '')
        tally.skips.push({ name: full, reason: reason ?? 'no reason given' })
        tally.skipped++
        state.skipped++
        return
      }
    }
    if (passed && isFile) {
      fail(shorten(file), 'holds no test')
      return
    }
    if (passed) {
      if (isParent) return
      tally.passed++
      state.passed++
      return
    }
    const error = details.error
    // The failure is counted where it happened: below, or in the parent that never got to run this.
    if (error?.failureType === 'subtestsFailed' || error?.failureType === 'cancelledByParent') return
    state.failed++
    fail(isFile ? shorten(file) : full, describe(error))
  }

  function fail(name, text) {
    tally.failed++
    tally.failures.push(name)
    console.log(`FAIL  ${name}\n${indent(text)}\n`)
  }

  function summary({ file, duration_ms: duration }) {
    const { passed, failed, skipped } = of(file)
    const parts = [`${passed} passed`]
    if (failed > 0) parts.push(`${failed} failed`)
    if (skipped > 0) parts.push(`${skipped} skipped`)
    console.log(`${failed > 0 ? 'FAIL' : 'ok  '}  ${shorten(file)}: ${parts.join(', ')} (${Math.round(duration)} ms)`)
  }
}

/** The error a test threw, without the frames of node:test itself. */
function describe(error) {
  const cause = error?.cause ?? error
  const text =
    cause instanceof Error ? (cause.stack ?? cause.message) : typeof cause === 'string' ? cause : inspect(cause)
  return text
    .split('\n')
    .filter((line) => !/^\s+at .*node:internal/.test(line))
    .join('\n')
}

function indent(text) {
  return text.replaceAll(/^/gm, '      ')
}
