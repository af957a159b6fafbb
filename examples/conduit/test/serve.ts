import { createVersion } from '../../../packages/bede/src/cli/serve/version.ts'
import { openStore } from '../../../packages/bede/src/store/open.ts'
import { createLogger } from '../../../packages/bede/src/telemetry/logger.ts'
import app from '../app.ts'

/** The whole backend in this process, on any free port, as `bede dev` serves it. */
export async function serve(database: string): Promise<{ readonly origin: string; close(): Promise<void> }> {
  const { http, close } = await createVersion(app, {
    driver: openStore(database),
    address: { host: '127.0.0.1', port: 0 },
    log: createLogger({ form: 'text', level: 'warn' }),
    development: true,
    exposed: false,
  })
  const { host, port } = await http.listen()
  return {
    origin: `http://${host}:${port}`,
    async close() {
      await http.close()
      await close()
    },
  }
}
