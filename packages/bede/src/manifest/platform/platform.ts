import type { ModelDefinition } from '../../model/definition.ts'
import type { FilesDefinition } from '../kept-files.ts'
import type { IdentityDefinition } from '../manifest.ts'
import type { AccountModel } from './account.ts'
import { accountState } from './account-state.ts'
import { allowance } from './allowance.ts'
import { apiKey, service } from './api-key.ts'
import { audit } from './audit.ts'
import { emailChange } from './email-change.ts'
import { outbox } from './events.ts'
import { file } from './file.ts'
import { historyDefinition, historyModel } from './history.ts'
import { idempotency } from './idempotency.ts'
import { mail } from './mail.ts'
import { platform, platformSchema } from './names.ts'
import { oneTime } from './one-time.ts'
import { invitation, membership, organizationId } from './organizations.ts'
import { passkey } from './passkey.ts'
import { secret } from './secret.ts'
import { session } from './session.ts'
import { signingKey } from './signing-key.ts'
import { recoveryCode, totp } from './totp.ts'
import { upload, uploadPart } from './upload.ts'

/**
 * The models Bede adds to every manifest, by name. `account`: the model that signs in (the manifest's `actor.model`)
 * and the type of its id; absent, there are no sessions. `models`: the user's, some of which keep their history.
 * `identity`: what accounts sign in with; each thing brings the models it needs. `files`: there are some.
 */
export const platformModels = (
  account?: AccountModel,
  models: Readonly<Record<string, ModelDefinition>> = {},
  identity?: IdentityDefinition,
  files?: FilesDefinition,
): Readonly<Record<string, ModelDefinition>> => ({
  ...(files && { [platform.file]: file, [platform.upload]: upload, [platform.uploadPart]: uploadPart }),
  [platform.outbox]: outbox,
  [platform.idempotency]: idempotency,
  [platform.secret]: secret,
  ...(account && { [platform.session]: session(account, identity, models) }),
  ...(account &&
    identity && {
      [platform.oneTime]: oneTime(account),
      [platform.audit]: audit(account),
      [platform.accountState]: accountState(account),
      [platform.allowance]: allowance,
      [platform.mail]: mail,
    }),
  ...(account && identity?.sessions.signed && { [platform.signingKey]: signingKey }),
  ...(account && identity?.organizations && organizationModels(account, identity, models)),
  ...(account && identity?.totp && { [platform.totp]: totp(account), [platform.recoveryCode]: recoveryCode(account) }),
  ...(account && identity?.passkeys && { [platform.passkey]: passkey(account) }),
  ...(account &&
    identity?.apiKeys && {
      [platform.apiKey]: apiKey(account, identity.organizations && organizationId(identity, models)),
      [platform.service]: service(account),
    }),
  ...(account && identity?.email?.change && { [platform.emailChange]: emailChange(account) }),
  ...Object.fromEntries(
    Object.entries(models).flatMap(([name, model]) =>
      model.history && model.schema !== platformSchema
        ? [[historyModel(name), historyDefinition(platformSchema, name, model)]]
        : [],
    ),
  ),
})

function organizationModels(
  account: AccountModel,
  identity: IdentityDefinition,
  models: Readonly<Record<string, ModelDefinition>>,
): Readonly<Record<string, ModelDefinition>> {
  const organization = organizationId(identity, models)
  return {
    [platform.membership]: membership(account, organization),
    [platform.invitation]: invitation(account, organization),
  }
}
