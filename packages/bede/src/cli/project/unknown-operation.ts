import type { Manifest } from '../../manifest/manifest.ts'
import { nearest } from '../../telemetry/nearest.ts'
import { Problem } from '../../telemetry/problem.ts'
import { printable } from '../terminal/printable.ts'

/** The refusal of a name that no operation has: the one that was probably meant, else all there are. */
export function unknownOperation({ operations }: Manifest, name: string): Problem {
  const names = Object.keys(operations)
  const meant = nearest(name, names)
  return new Problem('unknown-operation', {
    message: `There is no operation '${printable(name)}'.`,
    hint: meant ? `Perhaps you meant ${meant}.` : `There are:\n${names.sort().join('\n')}`,
  })
}
