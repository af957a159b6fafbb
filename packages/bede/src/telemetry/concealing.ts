import type { Logger } from './logger.ts'

/** Deeper than this nothing is written anyway. */
const depthLimit = 6

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
    return new Concealing(this.#log.with(members(data, this.#names, 1)), this.#names)
  }

  #safe(data: object | undefined): object | undefined {
    return data === undefined ? undefined : members(data, this.#names, 1)
  }
}

const members = (data: object, names: ReadonlySet<string>, depth: number): object =>
  Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, names.has(name) ? '[concealed]' : written(value, names, depth)]),
  )

function written(value: unknown, names: ReadonlySet<string>, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error || value instanceof Date) return value
  if (depth > depthLimit) return '…'
  if (Array.isArray(value)) return value.map((item) => written(item, names, depth + 1))
  return members(value, names, depth + 1)
}
