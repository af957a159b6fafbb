import type { Manifest } from '../manifest/manifest.ts'
import { platform } from '../manifest/platform/names.ts'
import type { BoundScan, WritePlan } from './plan.ts'

/** Under this name whoever remembers credentials hears that what they stand for may have changed. */
export const credentialsChanged = platform.session

/** Fields of a credential that change without it standing for anything else: it was used, or is called otherwise. */
const indifferent = new Set(['usedAt', 'name'])

/** Of each model on which it rests whom a credential stands for, the fields that decide it. A deletion always counts. */
function decisive({ identity, actor, models }: Manifest): ReadonlyMap<string, ReadonlySet<string>> {
  const decides = new Map<string, ReadonlySet<string>>()
  const account = identity && models[identity.model]
  if (!account) return decides
  const derived = Object.keys(actor.fields).some(
    (name) => account.fields[name]?.generated ?? account.fields[name]?.computed,
  )
  decides.set(identity.model, new Set(Object.keys(derived ? account.fields : actor.fields)))
  // A signed token names its family: the next refresh token changes nothing for it.
  const renewed = identity.sessions.signed ? 'tokenHash' : undefined
  for (const kind of [platform.session, platform.apiKey, platform.membership]) {
    const rested = models[kind]
    const fields = Object.keys(rested?.fields ?? {}).filter(
      (name) => !indifferent.has(name) && !(kind === platform.session && name === renewed),
    )
    if (rested) decides.set(kind, new Set(fields))
  }
  if (models[platform.accountState]) decides.set(platform.accountState, new Set(['suspendedAt']))
  return decides
}

const known = new WeakMap<Manifest, ReturnType<typeof decisive>>()

/**
 * Whether a write may change whom a credential stands for, or whether it is still good: a role that is taken away, an
 * account that is deleted, a session that is ended. Opening one, or using it, changes nothing that anybody remembers.
 * `changed`: all models whose rows the statement changes.
 */
export function changesCredentials(
  write: WritePlan<BoundScan>,
  changed: ReadonlySet<string>,
  manifest: Manifest,
): boolean {
  const decides = known.get(manifest) ?? decisive(manifest)
  known.set(manifest, decides)
  for (const [model, fields] of decides) {
    if (!changed.has(model)) continue
    if (model !== write.model || write.kind === 'delete') return true
    const set = write.kind === 'update' ? write.set : (write.exists?.set ?? {})
    if (Object.keys(set).some((field) => fields.has(field))) return true
  }
  return false
}
