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
  const unique = (place: string, name: string): void => {
    const alone = model.indexes.some(
      ({ unique, fields, where }) => unique && !where && fields.length === 1 && fields[0] === name,
    )
    if (!own(model.fields, name) || alone) return
    verifying.add(place, wrong('missing-index', `${identity.model}.${name} is not unique`, 'Add unique: true.'))
  }
  unique('identity.login', identity.login)
  if (identity.email) {
    const { field } = identity.email
    const address = own(model.fields, field)
    if (!address)
      verifying.add(
        'identity.email',
        unknown('unknown-model-field', `field of ${identity.model}`, field, Object.keys(model.fields)),
      )
    else if (address.type.kind !== 'email')
      verifying.add(
        'identity.email',
        wrong('mismatched-type', `${identity.model}.${field} is no address`, 'Write email({ unique: true }).'),
      )
    unique('identity.email', field)
  }
  const password = own(model.fields, identity.password)
  if (password && password.type.kind !== 'secret') {
    verifying.add(
      'identity.password',
      wrong('mismatched-type', `${identity.model}.${identity.password} is not a secret`, 'Write secret().'),
    )
  }
}
