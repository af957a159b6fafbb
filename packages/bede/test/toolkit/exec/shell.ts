import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { Logger } from '../../../src/telemetry/logger.ts'
import { type Confinement, enforcedOn, unconfined } from '../../../src/toolkit/exec/confinement.ts'
import { createExecutor, type ExecOptions, type ExecResult } from '../../../src/toolkit/exec/exec.ts'
import { type Enforcement, knownPrograms, type Program } from '../../../src/toolkit/exec/program.ts'
import { confinements } from '../../../src/toolkit/exec/ways.ts'

/** A shell is what an attacker would want to reach; here it plays the program that has gone wrong. */
const shell = '/bin/sh'
export const noShell = process.platform !== 'linux' || !existsSync(shell) ? 'needs Linux and /bin/sh' : false

// Folders of this file alone, so that it can be seen whether any stays.
const temporary = mkdtempSync(join(tmpdir(), 'bede-exec-'))
chmodSync(temporary, 0o755)
process.env.TMPDIR = temporary
after(() => rmSync(temporary, { recursive: true, force: true }))
export const left = (): readonly string[] => readdirSync(temporary)

export const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, with: () => silent }

export const ways: readonly Confinement[] = noShell ? [] : await confinements()

const any = knownPrograms({ any: { path: shell, processes: 8 } }).get('any')
/** What the kernel holds a program of several processes to. */
export const held = (way: Confinement): ReadonlySet<Enforcement> => (any ? enforcedOn(any, way) : new Set())

/** Of the ways of this system those that isolate, from the one that holds most, and the one that holds least. */
const tried = ways.filter((way, index) => held(way).has('isolation') || index === ways.length - 1)
const nameOfWay = (way: Confinement): string =>
  held(way).has('filesystem') ? 'bubblewrap' : held(way).has('isolation') ? 'namespaces' : 'limits'

/** Every floor there is here: each way in a control group, where one can be made, and without; and no tool at all. */
export const floors: readonly (readonly [name: string, way: Confinement])[] = noShell
  ? []
  : [
      ...tried.flatMap((way) => (way.groups ? [[`${nameOfWay(way)} in a control group`, way] as const] : [])),
      ...tried.map((way) => [nameOfWay(way), { ...way, groups: undefined }] as const),
      ['no tool', unconfined],
    ]

/** More than any of these takes on a machine that has much else to do, and far less than one that hangs. */
const patience = '60s'

export interface Setting {
  readonly way?: Confinement | undefined
  readonly signal?: AbortSignal
  readonly log?: Logger
}

/** Runs a script as a declared program, held in the best way there is unless another is given. */
export async function sh(
  script: string,
  program: Partial<Program> = {},
  options: ExecOptions = {},
  { way, signal = new AbortController().signal, log = silent }: Setting = {},
): Promise<ExecResult> {
  const executor = await createExecutor(
    { sh: { path: shell, options: ['-c'], time: patience, processes: 8, ...program } },
    { log, development: true, ...(way && { confine: () => way }) },
  )
  return await executor.bind(() => signal, log)('sh', ['-c', script], options)
}

/** The name of the program that a process runs; none where there is no such process any more. */
export function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1').trim()
  } catch {
    return ''
  }
}

/** What is still running with these words among its arguments. */
export const running = (words: string): readonly string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').includes(words)
    } catch {
      return false
    }
  })
