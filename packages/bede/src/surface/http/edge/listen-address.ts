import { BlockList, isIP, isIPv6 } from 'node:net'
import { Problem } from '../../../telemetry/problem.ts'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || (isIP(host) !== 0 && loopback.check(host, isIPv6(host) ? 'ipv6' : 'ipv4'))

/**
 * A server in development shows its insides in errors and has no one looking after it: it listens to this machine only,
 * unless somebody says that it shall not (class 132). Throws a Problem `cannot-listen`.
 */
export function checkAddress(host: string, development: boolean, exposed: boolean): void {
  if (!development || exposed || isLoopback(host)) return
  throw new Problem('cannot-listen', {
    message: `In development the server listens to this machine only, and ${host} is open to the network.`,
    hint: 'Listen on 127.0.0.1, or set `exposed: true` if the network is meant.',
  })
}

/** The refusal of an address that cannot be had. */
export const cannotListen = (
  { host, port }: { readonly host: string; readonly port: number },
  cause: unknown,
): Problem =>
  new Problem('cannot-listen', {
    message: `Cannot listen on ${host}:${port}.`,
    hint: 'Another process may hold it: choose another port, or stop that one.',
    cause,
  })
