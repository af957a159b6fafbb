import { Problem } from '../telemetry/problem.ts'

/** A number of bytes as people write it: `64kb`, `1.5mb`, `1gb`. A kilobyte is 1024 bytes. */
export type Size = `${number}${'b' | 'kb' | 'mb' | 'gb'}`
/** The same, or the number itself. */
export type ByteSize = number | Size

const units: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 }

/** The bytes of a size; undefined when it is none, or nothing. */
export function readSize(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,6}(?:\.\d{1,3})?)(b|kb|mb|gb)$/.exec(text) ?? []
  const bytes = Math.round(Number(count) * (units[unit] ?? Number.NaN))
  return bytes > 0 ? bytes : undefined
}

/** How many bytes these are. Throws a Problem `invalid-declaration` that names `what`. */
export function bytesOf(size: unknown, what: string): number {
  const bytes = typeof size === 'string' ? readSize(size) : size
  if (typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes > 0) return bytes
  throw new Problem('invalid-declaration', {
    message: `${what} is ${JSON.stringify(size)}`,
    hint: "Write bytes as a number, or '500kb', '10mb', '1gb'.",
  })
}

/** As people read it: `5 MB`. */
export function shownSize(bytes: number): string {
  const [unit, of] = bytes >= 1024 ** 3 ? ['GB', 1024 ** 3] : bytes >= 1024 ** 2 ? ['MB', 1024 ** 2] : ['KB', 1024]
  return bytes < 1024 ? `${bytes} bytes` : `${Math.round((bytes / Number(of)) * 10) / 10} ${unit}`
}
