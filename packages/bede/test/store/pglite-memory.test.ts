import { openStore } from '../../src/store/open.ts'
import { conformance } from './store.conformance.ts'

conformance({ name: 'PGlite in memory', skip: false, create: async () => openStore('memory://'), oneSession: true })
