import { checkRule, type Verifying, wrong } from './report.ts'
import { own, unknown } from './scope.ts'

/** How accounts sign in: with a field that tells them apart, and a secret. */
export function verifyIdentity(verifying: Verifying): void {
  const { identity, models, actor } = verifying.manifest
  if (!identity) return
  const model = own(models, identity.model)
  if (!model) {
    verifying.add('identity', unknown('unknown-model', 'model', identity.model, Object.keys(models)))
    return
  }
  if (actor.model !== identity.model) {
    verifying.add(
      'identity',
      wrong('mismatched-type', `${identity.model} signs in, and the actor is ${actor.model ?? 'nothing'}`),
    )
  }
  for (const name of [identity.login, identity.password, ...identity.register]) {
    if (!own(model.fields, name)) {
      verifying.add(
        'identity',
        unknown('unknown-model-field', `field of ${identity.model}`, name, Object.keys(model.fields)),
      )
    }
  }
  if (model.tenant) {
    verifying.add(
      'identity',
      wrong(
        'invalid-declaration',
        `Accounts sign in before it is known where they act, and ${identity.model} belongs to tenants`,
        `Take tenant out of ${identity.model}, and say in its policy who sees whom.`,
      ),
    )
  }
  checkRule(verifying, 'identity.administration.allow', identity.administration?.allow, { rows: new Map() })
  const unique = model.indexes.some(
    ({ unique, fields, where }) => unique && !where && fields.length === 1 && fields[0] === identity.login,
  )
  if (own(model.fields, identity.login) && !unique) {
    verifying.add(
      'identity.login',
      wrong('missing-index', `${identity.model}.${identity.login} is not unique`, 'Add unique: true.'),
    )
  }
  const password = own(model.fields, identity.password)
  if (password && password.type.kind !== 'secret') {
    verifying.add(
      'identity.password',
      wrong('mismatched-type', `${identity.model}.${identity.password} is not a secret`, 'Write secret().'),
    )
  }
}
