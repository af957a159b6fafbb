import type { SessionsDefinition } from '../manifest.ts'
import { closed, type Form, oneOf, positive } from './form.ts'

export const sessions: Readonly<Record<string, Form>> = {
  sessions: closed<SessionsDefinition>(
    { absolute: positive, idle: positive },
    {
      signed: closed<NonNullable<SessionsDefinition['signed']>>({ access: positive, keys: positive }, {}),
      cookie: closed<NonNullable<SessionsDefinition['cookie']>>(
        {},
        { name: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,40}$' }, sameSite: oneOf(['strict']) },
      ),
    },
  ),
}
