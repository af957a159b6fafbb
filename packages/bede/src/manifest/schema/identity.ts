import type {
  AdministrationDefinition,
  EmailDefinition,
  IdentityDefinition,
  OrganizationsDefinition,
} from '../manifest.ts'
import { closed, is, oneOf, positive, ref, text, texts } from './form.ts'

/** How accounts sign in. */
export const identity = {
  identity: closed<IdentityDefinition>(
    {
      model: text,
      login: text,
      password: text,
      passwordMin: positive,
      register: texts,
      sessions: ref('sessions'),
    },
    {
      totp: closed<NonNullable<IdentityDefinition['totp']>>({}, { issuer: text }),
      passkeys: closed<NonNullable<IdentityDefinition['passkeys']>>({}, { rpName: text }),
      stepUp: closed<NonNullable<IdentityDefinition['stepUp']>>({ within: positive }, {}),
      apiKeys: ref('apiKeys'),
      email: closed<EmailDefinition>(
        {
          field: text,
          pages: closed<EmailDefinition['pages']>({}, { verify: text, reset: text, change: text, magicLink: text }),
        },
        {
          verify: oneOf(['asked', 'required']),
          reset: positive,
          change: positive,
          magicLink: positive,
          code: positive,
        },
      ),
      organizations: closed<OrganizationsDefinition>(
        { model: text, roles: texts, create: texts, invitations: positive },
        {},
      ),
      administration: closed<AdministrationDefinition>({ allow: ref('expr') }, { impersonation: positive }),
      permissions: is(false),
    },
  ),
}
