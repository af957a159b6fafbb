// Which test files share a process, and in which order they run: always the same, so that what fails can be run again.

/** How many files share a process at most: what one leaves behind meets no more than these. */
const MOST_FILES = 8

/** Those that run longest, so that no other process waits for one of them at the end. */
const LONG = ['test/house/documents']

/** What makes a file run in a process of its own: it does something to the process, or looks at it. */
const ALONE = [
  // Variables, listeners, streams, memory, the end. What is the same for everybody may be asked.
  /\bprocess\.(?!execPath\b|platform\b|arch\b|versions?\b|pid\b|hrtime\b|nextTick\b)/,
  /\bglobalThis\b/,
  /\bregisterHooks\b|\bmodule\.register\b/,
  // What node:test replaces for everybody; a test's own context puts it back by itself.
  /(?<!\b(?:t|context)\.)\bmock\./,
  /\bsetFlagsFromString\b/,
]

/**
 * @param {readonly string[]} paths
 * @param {(path: string) => string} read answers the text of a file
 * @returns {readonly (readonly string[])[]} the files of each process
 */
export function inBatches(paths, read) {
  const batches = []
  let folder
  let shared = []
  for (const path of [...paths].sort()) {
    if (ALONE.some((pattern) => pattern.test(read(path)))) {
      batches.push([path])
      continue
    }
    const its = path.slice(0, path.lastIndexOf('/'))
    if (its !== folder || shared.length === MOST_FILES) {
      shared = []
      batches.push(shared)
      folder = its
    }
    shared.push(path)
  }
  const isLong = (batch) => batch.some((path) => LONG.some((long) => path.includes(long)))
  return batches.sort((a, b) => Number(isLong(b)) - Number(isLong(a)))
}
