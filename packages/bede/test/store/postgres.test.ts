import { openStore } from '../../src/store/open.ts'
import { NO_POSTGRES, postgresUrl } from '../support/postgres.ts'
import { conformance } from './store.conformance.ts'

const url = await postgresUrl()

conformance({
  name: 'PostgreSQL',
  skip: url ? false : NO_POSTGRES,
  create: async () => openStore(url),
  oneSession: false,
})
