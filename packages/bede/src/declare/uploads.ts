import { nearest } from '../telemetry/nearest.ts'
import { Problem } from '../telemetry/problem.ts'
import { knownTypes } from '../toolkit/content/sniff.ts'
import { type ByteSize, bytesOf } from '../toolkit/size.ts'
import type { UploadedFile } from '../toolkit/uploaded.ts'
import { part } from './recording.ts'

/** A file that a route takes. */
export interface UploadOptions {
  /**
   * What it may be: media types that can be told by a file's bytes, which decide. Neither the file's name nor what its
   * sender says of it counts. `application/octet-stream`: anything.
   */
  readonly type: string | readonly string[]
  /** The most it may have: `'10mb'`, or bytes. */
  readonly max: ByteSize
  /** It may be left out. */
  readonly optional?: true
  /** Up to so many files under this name. */
  readonly many?: number
  /** Of an image: the most pixels it may say it has, width times height. Default 50 million. */
  readonly pixels?: number
}

export interface Uploads {
  readonly [name: string]: UploadOptions
}

/** The files as a handler gets them. */
export type Uploaded<F> = {
  readonly [N in keyof F]: F[N] extends { readonly many: number }
    ? readonly UploadedFile[]
    : F[N] extends { readonly optional: true }
      ? UploadedFile | null
      : UploadedFile
}

/** A file that a route takes, as recorded. */
export interface RecordedUpload {
  readonly types: readonly string[]
  /** Bytes. */
  readonly max: number
  readonly pixels: number
  readonly optional?: true
  readonly many?: number
}

/** Eight thousand by six thousand: more than cameras make, and 200 MB when it is decoded. */
const mostPixels = 50_000_000
/** As many as one request may sensibly bring. */
const mostFiles = 100

export const recordUploads = (declared: object | undefined): Readonly<Record<string, RecordedUpload>> =>
  Object.fromEntries(
    Object.entries(declared ?? {}).flatMap(([name, options]: [string, unknown]) => {
      const recorded = part(`files.${name}`, undefined, () => recordUpload(options))
      return recorded ? [[name, recorded]] : []
    }),
  )

interface Loose {
  readonly type?: unknown
  readonly max?: unknown
  readonly optional?: unknown
  readonly many?: unknown
  readonly pixels?: unknown
}

const wrong = (message: string, hint = "Write { type: 'application/pdf', max: '10mb' }."): Problem =>
  new Problem('invalid-declaration', { message, hint })

const recordUpload = (options: unknown): RecordedUpload => {
  if (typeof options !== 'object' || options === null) throw wrong('It does not say what file it is')
  const { type, max, optional, many, pixels = mostPixels }: Loose = options
  const types = [type].flat().map(String)
  for (const one of types) {
    if (knownTypes.includes(one)) continue
    const meant = nearest(one, knownTypes)
    throw wrong(
      `No file can be told to be '${one}' by its bytes`,
      meant === undefined
        ? "Take 'application/octet-stream', which is anything, and look at it yourself."
        : `Perhaps you meant '${meant}'.`,
    )
  }
  if (many !== undefined && !isCount(many, mostFiles)) throw wrong(`many is a number from 1 to ${mostFiles}`)
  if (!isCount(pixels, Number.MAX_SAFE_INTEGER)) throw wrong('pixels is a number, width times height')
  return {
    types,
    max: bytesOf(max, 'max'),
    pixels,
    ...(optional === true && { optional }),
    ...(many !== undefined && { many }),
  }
}

const isCount = (value: unknown, most: number): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= most
