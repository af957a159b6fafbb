import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What no app has any business to touch: a file outside it, a server inside this machine, commands that leave a trace. */
export interface Lures {
  /** A folder outside of the app, with a file of each usual ending in it. */
  readonly folder: string
  /** What stands in those files. */
  readonly secret: string
  /** The port of a server on this machine that nobody is to call. */
  readonly port: number
  /** What was asked of it since the last look. */
  calls(): readonly string[]
  /** Files that came since the last look; they are taken away. */
  traces(): readonly string[]
  close(): Promise<void>
}

/** Texts that lead there may have to be short. */
const temporary = existsSync('/tmp') ? '/tmp' : tmpdir()

/** A file name that handlers may add an ending to. */
export const lureFile = 'lure'
const endings = ['', '.txt', '.json', '.html', '.md', '.csv', '.pdf', '.png', '.svg', '.js']

export async function layLures(secret: string): Promise<Lures> {
  const folder = mkdtempSync(join(temporary, 'bp-'))
  for (const ending of endings) writeFileSync(join(folder, `${lureFile}${ending}`), secret)
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end(secret)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const laid = new Set(readdirSync(folder))
  return {
    folder,
    secret,
    port: typeof address === 'object' && address !== null ? address.port : 0,
    calls: () => asked.splice(0),
    traces() {
      const fresh = existsSync(folder) ? readdirSync(folder).filter((name) => !laid.has(name)) : []
      // The next that leaves one of the same name is to be seen too.
      for (const name of fresh) rmSync(join(folder, name), { recursive: true, force: true })
      return fresh
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
