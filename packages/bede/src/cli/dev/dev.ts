import { dirname } from 'node:path'
import { command } from '../command/command.ts'
import { exit } from '../command/exit.ts'
import { projectOptions } from '../project/options.ts'
import { listenForStop } from '../serve/stopping.ts'
import { readSettings } from '../settings/settings.ts'

export const dev = command({
  name: 'dev',
  summary: 'Serve the app while you write it, and reload it on save',
  about: `Serves the app on this machine only. When a file that the app is loaded from is saved, the new version takes
over without closing the socket or the database. A version with mistakes does not: they are printed, and the
last good version stays. Changes of the models that lose nothing are made in the database at once; the rest
is refused with a hint. Without DATABASE_URL the database is embedded, in the folder .bede/data. Mails are sent to
nobody: they are shown at /docs/mailbox.`,
  arguments: [],
  options: {
    port: { value: 'number', summary: 'Where to listen (default PORT, else 3000; 0 takes any free port)' },
    host: { value: 'address', summary: 'Which address to listen on (default BEDE_HOST, else 127.0.0.1)' },
    ...projectOptions,
    data: { value: 'folder', summary: 'The folder of the embedded database (default .bede/data)' },
  },
  examples: [
    { line: 'bede dev', says: 'Serves ./app.ts at http://127.0.0.1:3000 on the embedded database' },
    { line: 'bede dev --port 8080', says: 'The same at another port' },
  ],
  async run({ options, terminal, folder, environment }) {
    const began = performance.now()
    const stopping = listenForStop()
    const { findAppFile } = await import('../project/app-file.ts')
    const path = findAppFile(options.app, folder)
    const settings = readSettings(environment, options)
    const root = dirname(path)
    const { chooseDatabase } = await import('../serve/database.ts')
    const database = chooseDatabase({ url: settings.database.url, data: options.data, folder: root })
    const { developmentSecrets } = await import('../project/secret-file.ts')
    const { openFiles } = await import('../serve/files.ts')
    const { createLogger } = await import('../../telemetry/logger.ts')
    const { createSession } = await import('./session.ts')
    const log = createLogger({ form: terminal.watched ? 'text' : 'json', level: 'warn' })
    const session = createSession({
      path,
      database,
      address: settings.address,
      edge: settings.edge,
      secrets: settings.secrets ?? developmentSecrets(root),
      httpPrivate: settings.httpPrivate,
      origin: settings.origin,
      sender: settings.mail?.from,
      files: () => openFiles(settings.files, { folder: root, embedded: true, log }),
      terminal,
      log,
    })
    try {
      await session.begin(began)
      await Promise.race([stopping.asked, session.failed])
    } finally {
      await session.end()
    }
    stopping.done()
    return exit.fine
  },
})
