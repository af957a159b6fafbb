import { app } from 'bede'
import * as api from './api/index.ts'
import { refusal } from './api/refusal.ts'
import { models } from './models/index.ts'
import * as services from './services/index.ts'

export default app({
  name: 'conduit',
  schema: models,
  use: { services, api },
  authorization: { scheme: 'Token' },
  problem: refusal,
})
