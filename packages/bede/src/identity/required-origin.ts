import type { Manifest } from '../manifest/manifest.ts'
import { Problem } from '../telemetry/problem.ts'

/**
 * A backend that signs tokens in nobody's name, or whose passkeys belong nowhere, does not serve (classes 82 and 103).
 * Throws a Problem `invalid-setting`.
 */
export function requireOrigin({ identity }: Manifest, origin: unknown): void {
  if (origin !== undefined) return
  const needs = [
    ...(identity?.sessions.signed ? ['Tokens are signed, and nobody has said in whose name.'] : []),
    ...(identity?.passkeys ? ['Passkeys belong to the place where people reach the app, and nobody has said it.'] : []),
  ]
  if (needs.length === 0) return
  throw new Problem('invalid-setting', {
    message: needs.join(' '),
    hint: 'Set BEDE_ORIGIN=https://app.example: where people reach the app.',
  })
}
