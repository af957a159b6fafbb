import type { Handler } from '../declare/handler.ts'
import type { Json } from '../expr/value.ts'
import { identityOperations } from '../manifest/link/identity.ts'
import type { Accounts } from './account.ts'

/** The handlers of the routes that identity brings. `me`: reads the own account with the rights of the new session. */
export const identityHandlers = ({ identity }: Accounts): Readonly<Record<string, Handler>> => ({
  [identityOperations.register]: async ({ input, auth }) => {
    const { token, expiresAt } = await auth.register(input as Readonly<Record<string, Json>>)
    return { token, expiresAt }
  },
  [identityOperations.signIn]: async ({ input, auth }) => {
    const { token, expiresAt } = await auth.signIn({
      login: String(input[identity.login]),
      password: String(input[identity.password]),
    })
    return { token, expiresAt }
  },
  [identityOperations.signOut]: ({ auth }) => auth.signOut(),
})
