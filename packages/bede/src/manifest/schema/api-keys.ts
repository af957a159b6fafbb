import type { ApiKeysDefinition } from '../manifest.ts'
import { closed, type Form, positive, ref, texts } from './form.ts'

export const apiKeys: Readonly<Record<string, Form>> = {
  apiKeys: closed<ApiKeysDefinition>(
    { scopes: texts, max: positive, perAccount: positive },
    { services: ref('expr'), prefix: { type: 'string', pattern: '^[a-z][a-z0-9]{1,19}$' } },
  ),
}
