import { app } from 'bede'
import * as api from './api/index.ts'
import { models } from './models/index.ts'
import * as services from './services/index.ts'

const limits = { time: '10s', memory: '512mb', output: '1mb', fileSize: '8mb', disk: '16mb' } as const

export default app({
  name: 'workbench',
  schema: models,
  use: { services, api },
  // Where the address is a caller's, http.public reaches the Internet and nothing else.
  http: { public: true },
  exec: {
    pdftotext: { path: '/usr/bin/pdftotext', options: ['-q', '-enc'], ...limits },
    pdftoppm: { path: '/usr/bin/pdftoppm', options: ['-q', '-png', '-singlefile', '-scale-to'], ...limits },
  },
})
