import type { Manifest } from '../../manifest/manifest.ts'
import { Problem } from '../../telemetry/problem.ts'

/** A backend that signs tokens in nobody's name does not serve (classes 82 and 103). Throws a Problem `invalid-setting`. */
export function requireOrigin({ identity }: Manifest, origin: unknown): void {
  if (!identity?.sessions.signed || origin !== undefined) return
  throw new Problem('invalid-setting', {
    message: 'Tokens are signed, and nobody has said in whose name.',
    hint: 'Set BEDE_ORIGIN=https://app.example: where people reach the app.',
  })
}
