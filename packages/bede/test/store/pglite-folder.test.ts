import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { openStore } from '../../src/store/open.ts'
import { conformance } from './store.conformance.ts'

const folder = await mkdtemp(join(tmpdir(), 'bede-store-'))
after(() => rm(folder, { recursive: true, force: true }))

conformance({
  name: 'PGlite in a folder',
  skip: false,
  create: async () => openStore(`pglite://${join(folder, 'data')}`),
  oneSession: true,
})
