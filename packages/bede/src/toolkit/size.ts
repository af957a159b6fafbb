/** A number of bytes as people write it: `64kb`, `10mb`, `1gb`. A kilobyte is 1024 bytes. */
export type Size = `${number}${'b' | 'kb' | 'mb' | 'gb'}`

const units: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 }

/** The bytes of a size; undefined when it is none, or nothing. */
export function readSize(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,6})(b|kb|mb|gb)$/.exec(text) ?? []
  const bytes = Number(count) * (units[unit] ?? Number.NaN)
  return bytes > 0 ? bytes : undefined
}
