import { app } from 'bede'
import * as api from './api.ts'
import { models } from './models.ts'
import * as policies from './policies.ts'

export default app({ name: 'bench', schema: models, use: { policies, api } })
