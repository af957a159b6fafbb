import { Problem } from '../../telemetry/problem.ts'
import { readSize, type Size } from '../size.ts'

/** What an archive may be, and hold. */
export interface ArchiveLimits {
  /** Entries, folders among them. Default 1,000. */
  readonly entries?: number
  /** All files together, unpacked. Default `100mb`. */
  readonly size?: Size
  /** Each file, unpacked. Default: as `size`. */
  readonly fileSize?: Size
  /** How many times larger than the archive what is in it may be, beyond the first megabyte. Default 100. */
  readonly ratio?: number
  /** Folders in each other. Default 16. */
  readonly depth?: number
  /** Archives in each other, where an entry is read as one. Default 0: none. */
  readonly nesting?: number
}

/** A megabyte of text that repeats itself is no bomb, however small it was packed. */
const free = 1024 ** 2
/** Bytes of headers that an archive may have beside its files, and for each entry. */
const headers = 1024 ** 2
const perEntry = 4_096

/** What of an archive has been read, against what may be. Archives that are read within it count here too. */
export class Allowance {
  readonly #entries: number
  readonly #size: number
  readonly #fileSize: number
  readonly #ratio: number
  readonly #within: Allowance | undefined
  readonly depth: number
  readonly nesting: number
  #counted = 0
  #said = 0
  #unpacked = 0
  #packed = 0

  constructor(limits: ArchiveLimits, within?: Allowance) {
    this.#within = within
    // An archive in another is not allowed more archives in it than the one that was asked for.
    this.nesting = within ? within.nesting - 1 : count(limits.nesting ?? 0, 'nesting')
    if (this.nesting < 0) throw refused('it is in another archive')
    this.#entries = count(limits.entries ?? 1_000, 'entries')
    this.#size = size(limits.size ?? '100mb', 'size')
    this.#fileSize = limits.fileSize === undefined ? this.#size : size(limits.fileSize, 'fileSize')
    this.#ratio = count(limits.ratio ?? 100, 'ratio')
    this.depth = count(limits.depth ?? 16, 'depth')
  }

  /** Bytes of the archive itself. */
  packed(bytes: number): void {
    this.#packed += bytes
  }

  /** One more entry, of the size it says it has; a lie is found out by {@link unpacked}. */
  entry(said: number): void {
    this.#counted += 1
    if (!Number.isSafeInteger(said) || said < 0) throw refused('a size in it is none')
    if (this.#counted > this.#entries) throw refused(`it has more than ${this.#entries} entries`)
    if (said > this.#fileSize) throw refused(`a file in it is larger than ${this.#fileSize} bytes`)
    this.#said += said
    if (this.#said > this.#size) throw tooLarge(this.#size)
    this.#within?.entry(0)
  }

  /** More bytes of a file, of which `file` have been read by now. */
  unpacked(bytes: number, file: number): void {
    this.#unpacked += bytes
    if (file > this.#fileSize) throw refused(`a file in it is larger than ${this.#fileSize} bytes`)
    if (this.#unpacked > this.#size) throw tooLarge(this.#size)
    if (this.#unpacked > free + this.#packed * this.#ratio)
      throw refused(`what is in it is more than ${this.#ratio} times as large as it is`)
    this.#within?.unpacked(bytes, 0)
  }

  /** Bytes that went by and are no file's: names of any length, for one. */
  beside(bytes: number): void {
    if (bytes > headers + this.#counted * perEntry) throw refused('its headers are too large')
  }

  /** Entries that an archive says it has, before any is looked at. */
  said(entries: number): void {
    if (entries > this.#entries) throw refused(`it has more than ${this.#entries} entries`)
  }

  /** Bytes that an archive itself may have: files that cannot be packed, and their headers. */
  get room(): number {
    return this.#size + headers + this.#entries * perEntry
  }
}

function count(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw mistake(name)
}

function size(value: Size, name: string): number {
  const bytes = readSize(value)
  if (bytes !== undefined) return bytes
  throw mistake(name)
}

const mistake = (name: string): Problem =>
  new Problem('internal', { cause: new Error(`The limit ${name} of an archive is not one`) })

const tooLarge = (most: number): Problem => refused(`what is in it is larger than ${most} bytes`)

/** What is wrong with an archive. No name out of it is repeated: they are its maker's texts. */
export const refused = (why: string, cause?: unknown): Problem =>
  new Problem('invalid-archive', { message: `The archive is not taken: ${why}`, cause })
