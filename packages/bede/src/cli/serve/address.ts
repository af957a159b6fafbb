import { Problem } from '../../telemetry/problem.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** Nobody else can reach it unless it is told otherwise: a backend is opened to a network on purpose. */
const HOST = '127.0.0.1'
const PORT = 3000
const LAST_PORT = 65_535

/** Where to listen: the options, else BEDE_HOST and PORT, else 127.0.0.1:3000. Port 0 takes any free one. Throws a Problem `usage`. */
export function addressOf(
  options: { readonly host?: string | undefined; readonly port?: string | undefined },
  environment: Readonly<Record<string, string | undefined>>,
): Address {
  const port = options.port ?? environment.PORT
  const number = port === undefined || port === '' ? PORT : /^\d{1,5}$/.test(port) ? Number(port) : Number.NaN
  if (!(number <= LAST_PORT)) {
    throw new Problem('usage', {
      message: `${options.port === undefined ? 'PORT' : '--port'} is a whole number from 0 to ${LAST_PORT}.`,
      hint: 'For example: --port 8080',
    })
  }
  const host = options.host || environment.BEDE_HOST || HOST
  // One name may stand for two addresses, and a server of one socket is asked for.
  return { host: host === 'localhost' ? HOST : host, port: number }
}

/** What a person types into a browser. */
export function urlOf({ host, port }: Address): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}
