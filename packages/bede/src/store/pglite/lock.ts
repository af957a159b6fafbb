import { randomUUID } from 'node:crypto'
import { link, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { Problem } from '../../telemetry/problem.ts'
import { isAlive, startOf } from './process.ts'

/** Who holds a folder. Two processes on one folder would destroy each other's rows without an error. */
interface Holder {
  readonly token: string
  readonly pid: number
  /** When that process started, as its system says it; null where the system does not say. */
  readonly started: string | null
  readonly host: string
}

export interface Lock {
  release(): Promise<void>
}

/** How often a take-over may itself have been cut short before a person has to look. */
const maxTakeOvers = 3

/**
 * Takes the lock file `path`, or throws the Problem `store-locked` that names who holds it.
 *
 * The file appears at once and whole (a hard link to a finished file; it exists or it does not). A living holder is
 * never robbed. What a dead one left is replaced under a lock of its own, so that of two that find it only one gets it.
 */
export async function acquireLock(path: string): Promise<Lock> {
  const holder: Holder = {
    token: randomUUID(),
    pid: process.pid,
    started: await startOf(process.pid),
    host: hostname(),
  }
  await take(path, holder, 0)
  return {
    async release() {
      const found = await read(path)
      if (found?.token === holder.token) await rm(path, { force: true })
    },
  }
}

async function take(path: string, holder: Holder, takeOvers: number): Promise<void> {
  const draft = `${path}.${holder.token}`
  try {
    await writeFile(draft, JSON.stringify(holder), { flag: 'wx', mode: 0o600 })
    while (!(await created(draft, path))) {
      const found = await read(path)
      if (!found) continue // released between the two looks
      if (takeOvers === maxTakeOvers || (await holds(found))) throw locked(path, found)
      await take(`${path}.next`, holder, takeOvers + 1)
      try {
        // Only the one we saw may be replaced: somebody else may have been quicker.
        if ((await read(path))?.token === found.token) {
          await rename(draft, path)
          return
        }
      } finally {
        await rm(`${path}.next`, { force: true })
      }
    }
  } finally {
    await rm(draft, { force: true })
  }
}

/** Makes `path` out of `draft` if it is not there. */
async function created(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    if (error.code === 'EEXIST') return false
    if (error.code !== 'EPERM' && error.code !== 'ENOTSUP' && error.code !== 'EOPNOTSUPP' && error.code !== 'ENOSYS') {
      throw error
    }
  }
  return createdWithoutLinks(draft, path)
}

/** For file systems without hard links: the file is empty for a moment, in which a second process finds it held. */
async function createdWithoutLinks(draft: string, path: string): Promise<boolean> {
  const content = await readFile(draft)
  try {
    const file = await open(path, 'wx', 0o600)
    await file.writeFile(content).finally(() => file.close())
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

async function read(path: string): Promise<Holder | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  return parseHolder(text) ?? { token: text, pid: 0, started: null, host: '' }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return undefined
    const { token, pid, started, host } = { token: 0, pid: 0, started: 0, host: 0, ...value }
    if (typeof token !== 'string' || typeof pid !== 'number' || typeof host !== 'string') return undefined
    return { token, pid, host, started: typeof started === 'string' ? started : null }
  } catch {
    return undefined
  }
}

/** Whether the holder may still be at work. What cannot be known counts as yes. */
async function holds(holder: Holder): Promise<boolean> {
  if (holder.host !== hostname()) return true
  if (!(await isAlive(holder.pid))) return false
  const started = await startOf(holder.pid)
  return started === null || holder.started === null || started === holder.started
}

function locked(path: string, holder: Holder): Problem {
  const folder = dirname(path)
  if (holder.host === hostname()) {
    const own = holder.pid === process.pid ? ' (this one)' : ''
    return new Problem('store-locked', {
      message: `The folder ${folder} is in use by the process ${holder.pid}${own}.`,
      hint: 'Stop that process, or use another folder.',
    })
  }
  return new Problem('store-locked', {
    message: holder.host
      ? `The folder ${folder} is in use by the process ${holder.pid} on ${holder.host}.`
      : `The folder ${folder} is locked by ${path}, which does not say by whom.`,
    hint: `Stop whoever uses it. If nobody does, delete ${path}.`,
  })
}
