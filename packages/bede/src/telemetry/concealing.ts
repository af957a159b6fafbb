import { errorMembers, type Logger } from './logger.ts'

/** Deeper than this nothing is written anyway. */
const depthLimit = 6
/** Nor are more values than this, of one line. */
const valueLimit = 25_000

interface Room {
  left: number
}

/** A logger that does not write what stands under one of these names, however deep. */
export class Concealing implements Logger {
  readonly #log: Logger
  readonly #names: ReadonlySet<string>

  constructor(log: Logger, names: ReadonlySet<string>) {
    this.#log = log
    this.#names = names
  }

  debug(message: string, data?: object): void {
    this.#log.debug(message, this.#safe(data))
  }
  info(message: string, data?: object): void {
    this.#log.info(message, this.#safe(data))
  }
  warn(message: string, data?: object): void {
    this.#log.warn(message, this.#safe(data))
  }
  error(message: string, data?: object): void {
    this.#log.error(message, this.#safe(data))
  }
  with(data: object): Logger {
    return new Concealing(this.#log.with(safe(data, this.#names)), this.#names)
  }

  #safe(data: object | undefined): object | undefined {
    return data === undefined ? undefined : safe(data, this.#names)
  }
}

const safe = (data: object, names: ReadonlySet<string>): object => members(data, names, 1, { left: valueLimit })

const members = (data: object, names: ReadonlySet<string>, depth: number, room: Room): object =>
  Object.fromEntries(
    Object.entries(data).map(([name, value]) => [
      name,
      names.has(name) ? '[concealed]' : written(value, names, depth, room),
    ]),
  )

function written(value: unknown, names: ReadonlySet<string>, depth: number, room: Room): unknown {
  room.left -= 1
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (depth > depthLimit || room.left < 0) return '…'
  if (value instanceof Error) return errorMembers(value, (cause) => written(cause, names, depth + 1, room))
  if (Array.isArray(value)) return value.map((item) => written(item, names, depth + 1, room))
  return members(value, names, depth + 1, room)
}
