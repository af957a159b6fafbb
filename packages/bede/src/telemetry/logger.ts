export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** What every floor may speak to. `data` is plain; what is under a secret's name in it is not written. */
export interface Logger {
  debug(message: string, data?: object): void
  info(message: string, data?: object): void
  warn(message: string, data?: object): void
  error(message: string, data?: object): void
  /** The same logger, with these members on every line. */
  with(data: object): Logger
}

export interface LoggerOptions {
  /** Lines below it are not written; default `info`. */
  readonly level?: LogLevel
  /** `json`: one object a line, for machines; `text`: for a person watching. Default `json`. */
  readonly form?: 'json' | 'text'
  /** Default: standard error, so that a command's own output stays clean. */
  readonly write?: (line: string) => void
}

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 }

/** Names under which a secret travels, compared without case, `-` and `_`. */
const secretNames = new Set([
  'password', 'passwordhash', 'secret', 'token', 'tokenhash', 'accesstoken', 'refreshtoken', 'authorization', 'cookie',
  'setcookie', 'apikey', 'credential', 'privatekey', 'databaseurl', 'idempotencykey', 'hash',
  'secrets', 'secretprevious', 'bedesecret', 'bedesecretprevious', 'redisurl', 'mailurl', 'masterkey', 'signingkey',
]) // biome-ignore format: a list of words
const concealed = '[concealed]'
const depthLimit = 6
const textLimit = 4_000
/** Members of an object, items of a list: what a caller sends must not become a line without end. */
const breadthLimit = 200
/** Letters of one line, about: what leads back to itself by many ways has no end at any depth. */
const lineLimit = 200_000
/** What a value takes beside its text. */
const around = 8

/** How many letters a line may still have. */
interface Room {
  left: number
}

/** A logger of structured lines. Writing never throws: what cannot be written as JSON is named by its type. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const { level = 'info', form = 'json', write = (line) => process.stderr.write(`${line}\n`) } = options
  const least = ranks[level]
  const line = form === 'json' ? jsonLine : textLine

  const bound = (context: object): Logger => {
    const at = (rank: LogLevel) => (message: string, data?: object) => {
      if (ranks[rank] < least) return
      write(line(new Date().toISOString(), rank, message, { ...context, ...data }))
    }
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      with: (data) => bound({ ...context, ...data }),
    }
  }
  return bound({})
}

const jsonLine = (time: string, level: LogLevel, message: string, data: object): string =>
  JSON.stringify({ ...members(data), time, level, message })

const textLine = (time: string, level: LogLevel, message: string, data: object): string => {
  const rest = Object.entries(members(data)).map(
    ([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return `${time.slice(11, 19)} ${level.padEnd(5)} ${oneLine(message)}${oneLine(rest.join(''))}`
}

/** A caller's text must not be able to forge a line of its own or move the cursor of a terminal. */
const oneLine = (text: string): string =>
  text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (c) => (c === '\n' ? '\n  ' : '\ufffd'))

function members(data: object): Record<string, unknown> {
  const room = { left: lineLimit }
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, isSecret(name) ? concealed : written(value, 1, room)]),
  )
}

const isSecret = (name: string): boolean => secretNames.has(name.toLowerCase().replace(/[-_]/g, ''))

function written(value: unknown, depth: number, room: Room): unknown {
  room.left -= around
  if (room.left < 0) return '…'
  if (typeof value === 'string') return shortened(value, room)
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value !== 'object') return value === undefined ? undefined : String(value)
  if (depth > depthLimit) return '…'
  if (value instanceof Error) return errorMembers(value, (cause) => written(cause, depth + 1, room))
  if (value instanceof Date) return Number.isNaN(value.valueOf()) ? 'Invalid Date' : value.toISOString()
  if (Array.isArray(value)) return value.slice(0, breadthLimit).map((item) => written(item, depth + 1, room))
  const entries = Object.entries(value)
    .slice(0, breadthLimit)
    .map(([name, member]) => [shortened(name, room), isSecret(name) ? concealed : written(member, depth + 1, room)])
  return Object.fromEntries(entries)
}

function shortened(text: string, room: Room): string {
  room.left -= Math.min(text.length, textLimit)
  return text.length > textLimit ? `${text.slice(0, textLimit)}…` : text
}

/** Members of an error that say where it comes from, with what caused it; other members could hold anything. */
export function errorMembers(error: Error, write: (cause: unknown) => unknown): Record<string, unknown> {
  const { cause } = error
  return {
    name: error.name,
    message: error.message,
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    stack: error.stack,
    ...(cause === undefined ? {} : { cause: write(cause) }),
  }
}

/** Says nothing. */
export const silent: Logger = createLogger({ level: 'silent' })
