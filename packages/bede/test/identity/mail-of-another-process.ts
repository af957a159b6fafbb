import { createMailing } from '../../src/identity/mail/mailing.ts'
import { start } from '../../src/identity/start.ts'
import { silent } from '../../src/telemetry/logger.ts'
import { club } from '../engine/support/club.ts'

/** A process that writes two mails down, begins to send them, and stays with it until it is killed. */
const backend = await start(club(), { database: process.argv[2] ?? '', mode: 'development', log: silent })
const mailing = createMailing(backend)
const values = { link: '/reset?token=of-the-dead', expires: '3600' }
await backend.connection.transaction(async (connection) => {
  for (const to of ['ada@example.com', 'bob@example.com'])
    await mailing.post.send(connection, { to, template: 'reset-password', values })
})
let sending = 0
mailing.deliver({
  by: {
    name: 'never',
    send: () => {
      sending++
      if (sending === 2) process.stdout.write('sending\n')
      return new Promise(() => {})
    },
    close: async () => {},
  },
  from: { address: 'no-reply@app.example' },
  origin: 'https://app.example',
})
