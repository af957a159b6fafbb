import { Problem } from '../../telemetry/problem.ts'
import { printable } from '../terminal/printable.ts'

/** Writes with `write`; that the system does not let it is said with the path. Throws a Problem `cannot-write`. */
export function writing<T>(path: string, write: () => T): T {
  try {
    return write()
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause && 'code' in cause)) throw cause
    throw new Problem('cannot-write', {
      message: `${printable(path)} cannot be written: ${cause.code}.`,
      hint: 'Check that its folder is there and that you may write to it.',
      cause,
    })
  }
}
