import { Problem, type ProblemDetail } from '../telemetry/problem.ts'
import type { Manifest } from './manifest.ts'
import { verifyAddresses } from './verify/http.ts'
import { verifyIdentity } from './verify/identity.ts'
import { verifyCosts } from './verify/limits.ts'
import { verifyMail } from './verify/mail.ts'
import { verifyModels } from './verify/model.ts'
import { verifyOperations } from './verify/operation.ts'
import { verifyPlatform } from './verify/platform.ts'
import { verifyPolicies } from './verify/policy.ts'
import { verifying } from './verify/report.ts'
import { verifyScopes } from './verify/scopes.ts'
import { verifyViews } from './verify/shape.ts'

/**
 * All mistakes of a manifest at once, each with its place (`article.policy.update`, `publish.set.status`), code and
 * hint. None: every expression has a type, every name means something, and no caller can ask for what is not theirs to
 * know. It needs nothing but the manifest, so one that was read from a file is held to the same.
 */
export function verify(manifest: Manifest): readonly ProblemDetail[] {
  const all = verifying(manifest)
  verifyModels(all)
  verifyPlatform(all)
  verifyPolicies(all)
  verifyViews(all)
  verifyOperations(all)
  verifyAddresses(all)
  verifyIdentity(all)
  verifyMail(all)
  verifyScopes(all)
  verifyCosts(all)
  return all.details
}

/** Throws one Problem `invalid-declaration` that lists the mistakes, if there are any. */
export function refuse(name: string, details: readonly ProblemDetail[]): void {
  if (details.length === 0) return
  const count = details.length === 1 ? 'a mistake' : `${details.length} mistakes`
  throw new Problem('invalid-declaration', {
    message: `${name} has ${count}: ${details.map(({ place, message }) => `${place}: ${message}`).join('; ')}`,
    details,
  })
}
