import { isHostName } from '../../surface/http/edge/hosts.ts'
import { readNetworks } from '../../surface/http/edge/networks.ts'
import { type ProxyHeader, proxyHeaders } from '../../surface/http/edge/passed-on.ts'
import type { HttpLimits } from '../../surface/http/options.ts'
import { readSpan } from '../../toolkit/span.ts'
import type { Reading } from './reading.ts'

/** What stands in front of the service, and how much of it there may be at once. */
export interface EdgeSettings {
  /** Addresses and networks whose word on a caller counts. */
  readonly trustedProxies: readonly string[]
  /** In which headers they say it. */
  readonly proxyHeader: ProxyHeader
  /** Names by which it may be asked for, beside the one of its origin. */
  readonly hosts: readonly string[]
  /** Seconds that browsers keep to TLS. */
  readonly hsts: number | undefined
  /** In each process. */
  readonly limits: Partial<Pick<HttpLimits, 'connections' | 'connectionsOfOne' | 'atOnce'>>
}

/** `BEDE_TRUSTED_PROXIES`, `BEDE_PROXY_HEADER`, `BEDE_HOSTS`, `BEDE_HSTS`, `BEDE_HTTP_CONNECTIONS`, `BEDE_HTTP_CONNECTIONS_PER_ADDRESS`, `BEDE_HTTP_REQUESTS`. */
export function edgeSettings(reading: Reading): EdgeSettings {
  const trustedProxies = listed(reading, 'BEDE_TRUSTED_PROXIES')
  readNetworks(trustedProxies, (_entry, reason) => {
    reading.mistake(
      'BEDE_TRUSTED_PROXIES',
      `BEDE_TRUSTED_PROXIES holds what is no network of a proxy: ${reason}.`,
      'Addresses and networks with commas between them: BEDE_TRUSTED_PROXIES=10.0.0.0/8,fd00::/8,192.0.2.10',
    )
  })
  const proxyHeader = reading.value({ variable: 'BEDE_PROXY_HEADER' }, header, undefined)
  if (proxyHeader !== undefined && trustedProxies.length === 0) {
    reading.mistake(
      'BEDE_PROXY_HEADER',
      'BEDE_PROXY_HEADER says how proxies name callers, and no proxy is trusted.',
      'Name the proxies: BEDE_TRUSTED_PROXIES=10.0.0.0/8',
    )
  }
  const hosts = listed(reading, 'BEDE_HOSTS')
  if (!hosts.every(isHostName)) {
    reading.mistake(
      'BEDE_HOSTS',
      'BEDE_HOSTS holds what is not the name of a host.',
      'Names in lower case, without scheme and port, with commas between them: BEDE_HOSTS=api.example,*.app.example',
    )
  }
  const whole = (variable: string) => reading.value({ variable }, count, undefined)
  const connections = whole('BEDE_HTTP_CONNECTIONS')
  const connectionsOfOne = whole('BEDE_HTTP_CONNECTIONS_PER_ADDRESS')
  const atOnce = whole('BEDE_HTTP_REQUESTS')
  return {
    trustedProxies,
    proxyHeader: proxyHeader ?? 'x-forwarded',
    hosts,
    hsts: reading.value({ variable: 'BEDE_HSTS' }, span, undefined),
    limits: {
      ...(connections !== undefined && { connections }),
      ...(connectionsOfOne !== undefined && { connectionsOfOne }),
      ...(atOnce !== undefined && { atOnce }),
    },
  }
}

/** Where commas stand between nothing, something may be missing: an empty entry is one that nobody has. */
const listed = (reading: Reading, variable: string): readonly string[] => {
  const text = reading.text({ variable })?.text
  return text === undefined ? [] : text.split(',').map((entry) => entry.trim())
}

const header = {
  expected: 'x-forwarded or forwarded',
  example: 'forwarded',
  parse: (text: string) => proxyHeaders.find((one) => one === text),
}
const span = {
  expected: 'a length of time',
  example: '365d',
  parse: (text: string) => (text === '0' ? 0 : readSpan(text)),
}
const count = {
  expected: 'a whole number from 1 to 999999',
  example: '4000',
  parse: (text: string) => (/^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined),
}
