// Which test files share a process, and in which order they run: always the same, so that what fails can be run again.

/** How many files share a process at most: what one leaves behind meets no more than these. */
const MOST_FILES = 16

/** Those that run longest, so that no other process waits for one of them at the end. */
const LONG = ['test/house/documents']

/** Those that end what others of them have left behind, which is what they test: one after the other. */
const IN_TURN = ['packages/bede/test/toolkit/exec/']

/** The folder whose batches run one after the other, or undefined: a batch runs beside any other. */
export const turnOf = (batch) => IN_TURN.find((folder) => batch[0].includes(folder))

/** What makes a file run in a process of its own: it does something to the process, or looks at it. */
const ALONE = [
  // Listeners, streams, memory, the end. What is the same for everybody may be asked; `process.ts` is a module.
  /\bprocess\.(?!(?:execPath|platform|arch|versions?|pid|ppid|getuid|getgid|kill|hrtime|nextTick|threadCpuUsage|env|ts)\b)/,
  // Variables may be read, and handed on to another process.
  /\bprocess\.env(?:\.\w+|\[[^\]]+\])? (?:\?\?|\|\|)?= |\bdelete process\.env\b|\(process\.env[,)]|= process(?![\w.])|'(?:node:)?process'/,
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
