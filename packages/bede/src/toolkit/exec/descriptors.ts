import { openSync, readdirSync, readFileSync } from 'node:fs'
import { devNull } from 'node:os'

/** Standard input, output and error. */
const standard = 3
/** In `/proc/self/fdinfo`, in octal: the descriptor is closed where another program begins (`O_CLOEXEC`). */
const closeOnExec = 0o2000000

let made: readonly ('ignore' | number)[] | undefined

/**
 * What a program gets in place of descriptors that this process was itself given and that would be handed on: nothing to
 * read or write. Node closes all that it opens; what whoever started it left open, beyond the first few, it does not.
 */
export function closedDescriptors(): readonly ('ignore' | number)[] {
  if (made) return made
  const open = inherited()
  if (open.length === 0) made = []
  else {
    const nothing = openSync(devNull, 'r+')
    made = Array.from({ length: Math.max(...open) - standard + 1 }, (_, index) =>
      open.includes(index + standard) ? nothing : 'ignore',
    )
  }
  return made
}

function inherited(): readonly number[] {
  try {
    return readdirSync('/proc/self/fd')
      .map(Number)
      .filter((descriptor) => descriptor >= standard && handedOn(descriptor))
  } catch {
    // A system without /proc.
    return []
  }
}

function handedOn(descriptor: number): boolean {
  try {
    const [, flags = '0'] = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1')) ?? []
    return (Number.parseInt(flags, 8) & closeOnExec) === 0
  } catch {
    // The one that the list was read with.
    return false
  }
}
