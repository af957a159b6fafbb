import { isLoopback } from '../../surface/http/edge/listen-address.ts'
import { rangeOf } from '../../toolkit/http/address-range.ts'
import type { Address } from './address.ts'

/** Numbers about a backend are for those who run it: an address of this machine or of a private network, never any. */
export const metricsAddress = {
  expected: 'an address of this machine or of a private network, with a port',
  example: '127.0.0.1:9464',
  parse(text: string): Address | undefined {
    const [, bracketed, plain, port = ''] = /^(?:\[([0-9a-f:]+)\]|([0-9.]+)):([1-9]\d{0,4})$/.exec(text) ?? []
    const host = bracketed ?? plain ?? ''
    if (Number(port) > 65_535 || !(isLoopback(host) || rangeOf(host) === 'private')) return undefined
    return { host, port: Number(port) }
  },
}
