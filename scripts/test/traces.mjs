// What a test file leaves in its process, where the next file would find it.
import { setTimeout } from 'node:timers'

/** How often it is looked whether a file has let go of everything, and for how long, in milliseconds. */
const LOOK_EVERY = 10
const LOOK_FOR = 1000

/** What of this process a test file can change, as it is now. */
export function remember() {
  return {
    variables: { ...process.env },
    folder: process.cwd(),
    globals: Object.getOwnPropertyDescriptors(globalThis),
    listeners: new Map(process.eventNames().map((event) => [event, process.rawListeners(event)])),
    open: openNow(),
  }
}

/**
 * Waits until no more is open than was, then does what was to be done at the end of the process, as if this were it.
 * Answers what stays open: the names of the resources that keep the process alive.
 */
export async function letGo(earlier) {
  const open = await closed(earlier)
  const last = added(earlier, 'beforeExit')
  if (open.length > 0 || last.length === 0) return open
  for (const listener of last) {
    process.off('beforeExit', listener)
    await (listener.listener ?? listener).call(process, 0)
  }
  return closed(earlier)
}

/** What is not as it was, each in a few words. */
export function changes(earlier) {
  const { variables, folder, globals, listeners } = earlier
  const names = new Set([...Object.keys(variables), ...Object.keys(process.env)])
  const events = new Set([...listeners.keys(), ...process.eventNames()])
  return [
    ...[...names].filter((name) => variables[name] !== process.env[name]).map((name) => `the variable ${name}`),
    ...(folder === process.cwd() ? [] : ['the working directory']),
    ...changedGlobals(globals).map((name) => `the global ${name}`),
    ...[...events]
      .filter((event) => added(earlier, event).length > 0)
      .map((event) => `a listener for ${String(event)}`),
  ]
}

/** Node itself puts the value in the place of a getter when a global is used for the first time. */
function changedGlobals(earlier) {
  const now = Object.getOwnPropertyDescriptors(globalThis)
  const gone = Reflect.ownKeys(earlier).filter((name) => !(name in now))
  const other = Reflect.ownKeys(now).filter(
    (name) => !(name in earlier) || ('value' in earlier[name] && !Object.is(earlier[name].value, now[name].value)),
  )
  return [...gone, ...other].map(String)
}

function added({ listeners }, event) {
  const known = listeners.get(event) ?? []
  return process.rawListeners(event).filter((listener) => !known.includes(listener))
}

/** How many resources of each kind keep the process alive. */
function openNow() {
  const counts = new Map()
  for (const name of process.getActiveResourcesInfo()) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

async function closed({ open }) {
  for (let waited = 0; ; waited += LOOK_EVERY) {
    const more = [...openNow()].filter(([name, count]) => count > (open.get(name) ?? 0)).map(([name]) => name)
    if (more.length === 0 || waited >= LOOK_FOR) return more
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY))
  }
}
