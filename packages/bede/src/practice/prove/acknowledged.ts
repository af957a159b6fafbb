import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Json } from '../../expr/value.ts'
import { Problem } from '../../telemetry/problem.ts'
import { safePath } from '../../toolkit/paths/safe-path.ts'
import { attackClasses } from './attack-class.ts'
import type { Samples } from './inventory/inventory.ts'
import type { SentFile } from './inventory/made-up-file.ts'

/** A finding that is as it is meant to be, and why. */
export interface Acknowledged {
  readonly class: number
  readonly operation: string
  readonly because: string
}

/** What an app says to its own proof, in the file `prove.json` beside the app file. */
export interface ProveFile {
  readonly acknowledged: readonly Acknowledged[]
  /** By operation: an input with which it goes well, where none can be made up. */
  readonly examples: Readonly<Record<string, Readonly<Record<string, Json>>>>
  /** By operation and by the name in its form: the same of files. */
  readonly files: Readonly<Record<string, Samples>>
}

export const nothingSaid: ProveFile = { acknowledged: [], examples: {}, files: {} }

export const proveFile = 'prove.json'
/** Of a reason: fewer letters say nothing to whoever reviews it. */
const leastReason = 10

/** Reads `prove.json` of a folder; without one nothing is acknowledged. Throws a Problem `invalid-setting` that says what is wrong with it. */
export function readProveFile(folder: string, operations: readonly string[]): ProveFile {
  const path = join(folder, proveFile)
  if (!existsSync(path)) return nothingSaid
  const wrong = (message: string): Problem =>
    new Problem('invalid-setting', {
      message: `${proveFile}: ${message}.`,
      hint: 'It looks like: { "acknowledged": [{ "class": 15, "operation": "like", "because": "…" }], "examples": { "convert": { "body": {} } }, "files": { "convert": { "document": "samples/one.docx" } } }',
    })
  let file: unknown
  try {
    file = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    throw wrong('it is no JSON')
  }
  if (!isMembers(file)) throw wrong('it is no object')
  const odd = Object.keys(file).find((name) => !Object.hasOwn(nothingSaid, name))
  if (odd !== undefined) throw wrong(`it has a member '${odd}', which means nothing`)
  const { acknowledged = [], examples = {}, files = {} } = file
  if (!Array.isArray(acknowledged)) throw wrong('acknowledged is no list')
  if (!isMembers(examples)) throw wrong('examples is no object')
  if (!isMembers(files)) throw wrong('files is no object')
  const known = (operation: unknown): operation is string =>
    typeof operation === 'string' && operations.includes(operation)
  for (const name of [...Object.keys(examples), ...Object.keys(files)])
    if (!known(name)) throw wrong(`there is no operation '${name}'`)
  const sample = (operation: string, field: string, at: unknown): SentFile => {
    const place = `files.${operation}.${field}`
    if (typeof at !== 'string') throw wrong(`${place} names no file`)
    try {
      const bytes = readFileSync(safePath(folder, at))
      return { field, name: basename(at), type: 'application/octet-stream', bytes }
    } catch {
      throw wrong(`${place}: there is no file '${at}' below the folder of the app`)
    }
  }
  return {
    acknowledged: acknowledged.map((one: unknown, at): Acknowledged => {
      const place = `acknowledged[${at}]`
      if (!isMembers(one)) throw wrong(`${place} is no object`)
      const { class: number, operation, because } = one
      if (!attackClasses.some((known) => known.number === number)) throw wrong(`${place}.class is no attack class`)
      if (!known(operation)) throw wrong(`${place}.operation names no operation`)
      if (typeof because !== 'string' || because.trim().length < leastReason)
        throw wrong(`${place}.because does not say why`)
      return { class: Number(number), operation, because }
    }),
    examples: Object.fromEntries(
      Object.entries(examples).map(([name, input]) => {
        if (!isMembers(input)) throw wrong(`examples.${name} is no object`)
        return [name, input]
      }),
    ),
    files: Object.fromEntries(
      Object.entries(files).map(([name, own]) => {
        if (!isMembers(own)) throw wrong(`files.${name} is no object`)
        return [name, Object.fromEntries(Object.entries(own).map(([field, at]) => [field, sample(name, field, at)]))]
      }),
    ),
  }
}

const isMembers = (value: unknown): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
