import { isAbsolute } from 'node:path'
import { nearest } from '../../telemetry/nearest.ts'
import { Problem } from '../../telemetry/problem.ts'
import { readSize, type Size } from '../size.ts'
import { readSpan, type Span } from '../span.ts'

/**
 * What a system may hold a program to. `isolation`: it sees no other process, and nothing that it starts outlives it.
 * `network`: it has none. `filesystem`: it sees the system's own programs and its scratch folder, and nothing else.
 */
export type Enforcement = 'memory' | 'cpu' | 'fileSize' | 'processes' | 'isolation' | 'network' | 'filesystem'

/** A program that handlers may run. What is not declared is not run. */
export interface Program {
  /** Where it is: `/usr/bin/pdftotext`. */
  readonly path: string
  /**
   * The arguments that it may be given which begin with `-`, `+`, `@` or `|`, each as it is written: `-layout`. One that
   * ends in `=` stands for all that begin so. Default: none.
   */
  readonly options?: readonly string[]
  /** All of its environment; `{scratch}` stands for its folder. Default: empty. */
  readonly env?: Readonly<Record<string, string>>
  /** How long it may run. Default `10s`. */
  readonly time?: Span
  /** Processor time of all of its processes together, and so of each. Default: as `time`. */
  readonly cpu?: Span
  /** Address space of each of its processes, and memory of all of them together. Default `512mb`. */
  readonly memory?: Size
  /** What it may print, standard output and standard error together. Default `4mb`. */
  readonly output?: Size
  /** How large each file may get that it writes. Default `32mb`. */
  readonly fileSize?: Size
  /** How much may be in its scratch folder and in files it has removed, looked at while it runs. Default `64mb`. */
  readonly disk?: Size
  /** How many processes and threads it may be at a time. Default 1. */
  readonly processes?: number
  /** It may use the network. Default: it has none. */
  readonly network?: boolean
  /** Folders and files outside `/usr` that it reads, where the file system is out of its sight otherwise. */
  readonly reads?: readonly string[]
  /** How many of it run at a time in this process. Default 2. */
  readonly atOnce?: number
  /** How many calls wait for that; what comes beyond is a 503. Default 32. */
  readonly waiting?: number
  /** What must be enforced by the system's kernel, or nothing starts. Default in production: memory, cpu and fileSize. */
  readonly required?: readonly Enforcement[]
}

export type Programs = Readonly<Record<string, Program>>

/** A program with its limits in milliseconds, seconds of processor time, and bytes. */
export interface KnownProgram {
  readonly name: string
  readonly path: string
  readonly options: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly time: number
  readonly cpu: number
  readonly memory: number
  readonly output: number
  readonly fileSize: number
  readonly disk: number
  readonly processes: number
  readonly network: boolean
  readonly reads: readonly string[]
  readonly atOnce: number
  readonly waiting: number
  readonly required: readonly Enforcement[] | undefined
}

export const enforcements: readonly Enforcement[] = [
  'memory', 'cpu', 'fileSize', 'processes', 'isolation', 'network', 'filesystem',
] // biome-ignore format: a list of words

const members: ReadonlySet<string> = new Set([
  'path', 'options', 'env', 'time', 'cpu', 'memory', 'output', 'fileSize', 'disk', 'processes', 'network', 'reads',
  'atOnce', 'waiting', 'required',
]) // biome-ignore format: a list of words

/** The declared programs by name. Throws a Problem `invalid-declaration` with every mistake there is. */
export function knownPrograms(programs: Programs): ReadonlyMap<string, KnownProgram> {
  const mistakes: string[] = []
  const known = Object.entries(programs).map(
    ([name, program]) => [name, knownProgram(name, program, mistakes)] as const,
  )
  if (mistakes.length > 0)
    throw new Problem('invalid-declaration', {
      message: mistakes.join('; '),
      hint: "Write exec: { pdftotext: { path: '/usr/bin/pdftotext', options: ['-layout', '-'], time: '10s', memory: '256mb' } }.",
      details: mistakes.map((message) => ({ place: 'app.exec', code: 'invalid-declaration', message })),
    })
  return new Map(known)
}

function knownProgram(name: string, program: Program, mistakes: string[]): KnownProgram {
  const at = `exec.${name}`
  const wrong = (member: string, what: string) => mistakes.push(`${at}.${member} ${what}`)
  for (const member of Object.keys(program))
    if (!members.has(member)) wrong(member, `is not known${maybe(nearest(member, [...members]))}`)
  const { path, options = [], env = {}, processes = 1, network = false, reads = [], atOnce = 2, waiting = 32 } = program
  if (!isPath(path)) wrong('path', 'is not the absolute path of a program')
  if (!(isTexts(options) && options.every((option) => option !== '='))) wrong('options', 'is not a list of arguments')
  if (!isTexts(Object.entries(env).flat()) || Object.keys(env).some((key) => !/^[A-Za-z_]\w*$/.test(key)))
    wrong('env', 'is not a record of texts')
  if (!(isTexts(reads) && reads.every(isPath))) wrong('reads', 'is not a list of absolute paths')
  const { required } = program
  for (const one of required ?? []) if (!enforcements.includes(one)) wrong('required', `names '${one}'`)
  const count = (member: string, value: number, least: number): number => {
    if (!(Number.isSafeInteger(value) && value >= least && value <= mostCounted)) wrong(member, `is ${value}`)
    return value
  }
  const seconds = (member: 'time' | 'cpu', usual: Span): number => {
    const read = readSpan(program[member] ?? usual)
    if (read === undefined) wrong(member, "is not a length of time like '10s'")
    return read ?? 1
  }
  const size = (member: 'memory' | 'output' | 'fileSize' | 'disk', usual: Size): number => {
    const read = readSize(program[member] ?? usual)
    if (read === undefined) wrong(member, "is not a size like '64mb'")
    return read ?? 1
  }
  const time = seconds('time', '10s')
  return {
    name,
    path,
    options,
    env,
    time: time * 1_000,
    cpu: program.cpu === undefined ? time : seconds('cpu', '10s'),
    memory: size('memory', '512mb'),
    output: size('output', '4mb'),
    fileSize: size('fileSize', '32mb'),
    disk: size('disk', '64mb'),
    processes: count('processes', processes, 1),
    network: network === true,
    reads,
    atOnce: count('atOnce', atOnce, 1),
    waiting: count('waiting', waiting, 0),
    required,
  }
}

/** More processes than this are no limit. */
const mostCounted = 1_000

const isPath = (path: unknown): path is string =>
  typeof path === 'string' && isAbsolute(path) && !path.includes('\0') && !path.includes('=')
const isTexts = (list: unknown): boolean =>
  Array.isArray(list) && list.every((one) => typeof one === 'string' && one !== '' && !one.includes('\0'))
const maybe = (name: string | undefined): string => (name === undefined ? '' : `: did you mean ${name}?`)
