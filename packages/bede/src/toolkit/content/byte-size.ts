import { Problem } from '../../telemetry/problem.ts'

/** Bytes as a number, or in words: `'500kb'`, `'10mb'`, `'1.5gb'`. A kb is 1,024 bytes. */
export type ByteSize = number | `${number}${'b' | 'kb' | 'mb' | 'gb'}`

const units: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 }

/** How many bytes these are. Throws a Problem `invalid-declaration` that names `what`. */
export function bytesOf(size: unknown, what: string): number {
  const [, digits, unit = 'b'] = /^(\d+(?:\.\d+)?)(b|kb|mb|gb)?$/i.exec(String(size)) ?? []
  const exact = Number(digits) * (units[unit.toLowerCase()] ?? Number.NaN)
  const bytes = unit.toLowerCase() === 'b' ? exact : Math.round(exact)
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes
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
