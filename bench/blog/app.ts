import { app } from 'bede'
import * as api from './api.ts'
import { models } from './models.ts'
import * as policies from './policies.ts'

/** More than any load: every call is counted as in production, and none is refused. */
const plenty = { points: 1_000_000_000, per: '1m' } as const
const limits = { perActor: plenty, perKey: plenty, perAddress: plenty }

export default app({ name: 'bench', schema: models, use: { policies, api }, limits })
