// Turns what test processes tell into counts and readable lines. Only leaves count: a suite, or a test that holds
// subtests, is the sum of what is in it, unless it failed by itself (a hook, a thrown error, a timeout).

/**
 * @param {(path: string) => string} shorten how a file's path is shown
 * @param {(text: string) => void} print takes whole lines
 */
export function createTally(shorten, print = console.log) {
  /** Per file: names of the tests now open, by depth; whether something ran below them; and how the file did. */
  const progress = new Map()
  const ended = new Set()
  const tally = { passed: 0, failed: 0, skipped: 0, failures: [], skips: [], take, end, close }
  return tally

  function of(file) {
    if (!progress.has(file)) progress.set(file, { names: [], ran: [], passed: 0, failed: 0, skipped: 0 })
    return progress.get(file)
  }

  /** Takes an event of a test of this file; the file as a whole has the nesting -1. */
  function take(file, event) {
    if (event.type === 'test:start') of(file).names[event.nesting] = event.name
    else finish(file, event)
  }

  function finish(file, { type, name, nesting, suite, skip, todo, failure }) {
    const state = of(file)
    const held = state.ran[nesting + 1] ?? 0
    state.ran[nesting + 1] = 0
    state.ran[nesting] = (state.ran[nesting] ?? 0) + 1
    const full = [shorten(file), ...state.names.slice(0, Math.max(nesting, 0)), ...(nesting < 0 ? [] : [name])].join(
      ' > ',
    )
    const passed = type === 'test:pass'

    if ((skip !== undefined && passed) || todo !== undefined) {
      const reason = [skip, todo].find((text) => typeof text === 'string' && text !== '')
      tally.skips.push({ name: full, reason: reason ?? 'no reason given' })
      tally.skipped++
      state.skipped++
      return
    }
    if (nesting < 0 && name !== file) return fail(file, full, `The test '${name}' is not among those of a file.`)
    if (passed) {
      if (held > 0 || suite) return
      tally.passed++
      state.passed++
      return
    }
    // The failure is counted where it happened: below, or in the parent that never got to run this.
    if (failure.kind === 'subtestsFailed' || failure.kind === 'cancelledByParent') return
    fail(file, full, failure.text)
  }

  function fail(file, name, text) {
    of(file).failed++
    tally.failed++
    tally.failures.push(name)
    print(`FAIL  ${name}\n${indent(text)}\n`)
  }

  /**
   * Closes a file: what else is wrong with it, in sentences; the files that ran before it in its process; and how many
   * milliseconds it took.
   */
  function end(file, { problems, earlier, duration }) {
    ended.add(file)
    const state = of(file)
    for (const problem of problems) fail(file, shorten(file), problem)
    const { passed, failed, skipped } = state
    if (passed + failed + skipped === 0) fail(file, shorten(file), 'It holds no test.')
    const parts = [`${passed} passed`]
    if (state.failed > 0) parts.push(`${state.failed} failed`)
    if (skipped > 0) parts.push(`${skipped} skipped`)
    const after =
      state.failed > 0 && earlier.length > 0 ? `\n      in the process of ${earlier.map(shorten).join(', ')}` : ''
    print(
      `${state.failed > 0 ? 'FAIL' : 'ok  '}  ${shorten(file)}: ${parts.join(', ')} (${Math.round(duration)} ms)${after}`,
    )
  }

  /** Prints what was skipped, what failed, and the sum. `files`: those that were to run; one that did not has failed. */
  function close(files) {
    for (const file of files.filter((file) => !ended.has(file))) fail(file, shorten(file), 'It was not run.')
    for (const { name, reason } of tally.skips) print(`skip  ${name}: ${reason}`)
    if (tally.failures.length > 0) print(`\nFailed:\n${tally.failures.map((name) => `  ${name}`).join('\n')}`)
    print(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`)
  }
}

function indent(text) {
  return text.replaceAll(/^/gm, '      ')
}
