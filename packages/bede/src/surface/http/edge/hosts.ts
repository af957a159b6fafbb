import { isIP } from 'node:net'
import { Problem } from '../../../telemetry/problem.ts'
import { isLoopback } from './listen-address.ts'

/** By which names callers may ask for this service. */
export interface Hosts {
  /**
   * Throws a Problem `misdirected-request` (RFC 9110 §15.5.20) for a name that is not one of them. `near`: whether the
   * caller is on this machine.
   */
  check(host: string | undefined, near: () => boolean): void
}

export interface HostOptions {
  /** Where people reach the service: its name is one. */
  readonly origin?: string | undefined
  /** Further names: `api.example`, and `*.app.example` for all below one. */
  readonly names?: readonly string[] | undefined
  /** Then no other name is needed: this machine's own, and addresses. */
  readonly development: boolean
}

/** RFC 9110 §7.2: a name or an address, and perhaps a port. */
const authority = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/
const name = /^(?:\*\.)?[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/

/** Whether a text is a name as `names` has it: in lower case, without a scheme and without a port. */
export const isHostName = (text: string): boolean =>
  text.length <= 253 && (name.test(text) || (text.includes(':') && isIP(text) === 6))

/**
 * A name that was made to mean this machine (DNS rebinding, classes 131 and 135) and a name that somebody else's page or
 * cache goes by (class 56) are refused. Without an origin and names, production takes every name: nothing it answers
 * depends on one. Programs of this machine may call it by this machine's names.
 */
export function createHosts({ origin, names = [], development }: HostOptions): Hosts {
  const own = new Set<string>()
  const below: string[] = []
  for (const one of names) {
    if (one.startsWith('*.')) below.push(one.slice(1))
    else own.add(one)
  }
  if (origin !== undefined) own.add(bare(new URL(origin).hostname))
  const open = !development && own.size === 0 && below.length === 0

  return {
    check(host, near) {
      if (open) return
      const asked = host === undefined ? undefined : nameOf(host)
      if (asked !== undefined) {
        if (own.has(asked) || below.some((end) => asked.endsWith(end) && asked.length > end.length)) return
        if (isNear(asked) && (development || near())) return
        // An address is no name, and nobody can make one mean another machine.
        if (development && isIP(asked) !== 0) return
      }
      throw new Problem('misdirected-request', {
        hint: development
          ? 'Ask for it at localhost or by its address, or name the host in BEDE_HOSTS.'
          : 'Ask for it by the name of its origin. Its operator can name other hosts in BEDE_HOSTS.',
      })
    },
  }
}

const bare = (host: string): string => host.replace(/^\[|\]$/g, '')

/** The name in a Host header or in the authority of a request target, in lower case. */
function nameOf(host: string): string | undefined {
  const found = authority.exec(host.toLowerCase())
  return found?.[1] ?? found?.[2]
}

/**
 * Whether a name cannot be one that somebody outside has made to mean an address of this network (DNS rebinding): an
 * address, this machine, a name without a dot, and what no public name server answers for (RFC 6762 §3, `internal`).
 */
export function isInside(host: string | undefined): boolean {
  const asked = host === undefined ? undefined : nameOf(host)
  if (asked === undefined) return false
  return isIP(asked) !== 0 || isNear(asked) || !asked.includes('.') || /\.(?:local|internal)$/.test(asked)
}

/** RFC 6761 §6.3: whatever is below `localhost` is this machine. */
export const isNear = (host: string): boolean => isLoopback(host) || host.endsWith('.localhost')
