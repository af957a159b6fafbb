/** Bytes of a page (WebAssembly 2.0 §2.3.6). */
const page = 65_536
/** The section that says how large memories are, and what of them follows the number of them (§5.5.8, §5.3.8). */
const memorySection = 5
const hasMost = 1
/** After the magic and the version. */
const firstSection = 8

/**
 * A module that cannot take more memory than `bytes`, wherever it is run and whatever it was built with: asked for more, it
 * gets none. Codecs are built with room for two or four gigabytes. Throws a TypeError for a module without a memory of its
 * own, or with one that begins larger.
 */
export function withMemoryLimit(module: Uint8Array, bytes: number): Uint8Array {
  const most = Math.floor(bytes / page)
  for (let at = firstSection; at < module.length; ) {
    const [size, from] = number(module, at + 1)
    if (module[at] === memorySection) {
      const section = limited(module, from, most)
      return concat(module.subarray(0, at + 1), leb(section.length), section, module.subarray(from + size))
    }
    at = from + size
  }
  throw new TypeError('A codec has no memory of its own')
}

function limited(module: Uint8Array, from: number, most: number): Uint8Array {
  const [count, flagsAt] = number(module, from)
  const flags = module[flagsAt] ?? 0
  const [least, mostAt] = number(module, flagsAt + 1)
  const built = flags & hasMost ? number(module, mostAt)[0] : Number.POSITIVE_INFINITY
  if (count !== 1 || flags > hasMost || least > most) throw new TypeError('The memory of a codec is not what it was')
  return concat(leb(1), Uint8Array.of(hasMost), leb(least), leb(Math.min(most, built)))
}

/** LEB128, unsigned (§5.2.2): the number, and where it ends. */
function number(bytes: Uint8Array, from: number): readonly [number, number] {
  let value = 0
  for (let at = from, factor = 1; ; at++, factor *= 128) {
    const byte = bytes[at] ?? 0
    value += (byte & 127) * factor
    if (byte < 128) return [value, at + 1]
  }
}

function leb(value: number): Uint8Array {
  const bytes: number[] = []
  let left = value
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) + 128)
  return Uint8Array.of(...bytes, left)
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
