import type { Reading } from './reading.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/** Where to listen. */
export interface AddressSettings extends Address {
  /** Somebody has said so. */
  readonly exposed: boolean
}

/** Nobody else can reach it unless it is told otherwise: a backend is opened to a network on purpose. */
const HOST = '127.0.0.1'
const PORT = 3000
const LAST_PORT = 65_535

const port = {
  expected: `a whole number from 0 to ${LAST_PORT}`,
  example: '8080',
  parse: (text: string) => (/^\d{1,5}$/.test(text) && Number(text) <= LAST_PORT ? Number(text) : undefined),
}

/** The options, else BEDE_HOST and PORT, else 127.0.0.1:3000. Port 0 takes any free one. */
export function addressSettings(reading: Reading): AddressSettings {
  const said = reading.text({ variable: 'BEDE_HOST', option: 'host' })?.text || undefined
  return {
    // One name may stand for two addresses, and a server of one socket is asked for.
    host: said === undefined || said === 'localhost' ? HOST : said,
    port: reading.value({ variable: 'PORT', option: 'port' }, port, PORT),
    exposed: said !== undefined,
  }
}

/** What a person types into a browser. */
export function urlOf({ host, port }: Address): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}
