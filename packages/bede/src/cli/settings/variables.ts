import { nearest } from '../../telemetry/nearest.ts'
import type { Environment, Reading } from './reading.ts'

/** Every variable that Bede reads. docs/reference/configuration.md says what each means. */
export const variables = [
  'DATABASE_URL',
  'PORT',
  'NO_COLOR',
  'FORCE_COLOR',
  'BEDE_HOST',
  'BEDE_TRUSTED_PROXIES',
  'BEDE_PROXY_HEADER',
  'BEDE_HOSTS',
  'BEDE_HSTS',
  'BEDE_HTTP_CONNECTIONS',
  'BEDE_HTTP_CONNECTIONS_PER_ADDRESS',
  'BEDE_HTTP_REQUESTS',
  'BEDE_WORKERS',
  'BEDE_CONNECTIONS',
  'BEDE_DRAIN',
  'BEDE_DATABASE_REPLICAS',
  'BEDE_REPLICA_LAG',
  'BEDE_CACHE_MB',
  'BEDE_REDIS_URL',
  'BEDE_LIMITS',
  'BEDE_HTTP_PRIVATE',
  'BEDE_METRICS',
  'BEDE_LOG_REQUESTS',
  'BEDE_SECRET',
  'BEDE_SECRET_PREVIOUS',
  'BEDE_ORIGIN',
  'BEDE_MAIL_URL',
  'BEDE_MAIL_FROM',
  'BEDE_FILES',
  'BEDE_DEBUG',
] as const

/** What processes of one command tell each other, and what `bin/bede.js` is told. */
const internal = ['BEDE_WORKER', 'BEDE_WORKER_PORT', 'BEDE_SOURCE']

/** Whether an unexpected failure of the command is shown with its causes. Asked before anything else is read. */
export const debugging = ({ BEDE_DEBUG }: Environment): boolean => BEDE_DEBUG === '1'

/**
 * Notes every name that is Bede's by its beginning and was probably meant to be another: a secret or a limit that was
 * misspelt must not be as if it had not been said. Gives the other unknown names, which may be somebody else's.
 */
export function unknownVariables(environment: Environment, reading: Reading): readonly string[] {
  const known = new Set<string>([...variables, ...internal])
  const unknown = Object.keys(environment).filter(
    (name) => name.startsWith('BEDE_') && !known.has(name) && !fromKubernetes(name, environment),
  )
  return unknown.filter((name) => {
    const meant = meantBy(name)
    if (meant === undefined) return true
    reading.mistake(name, `There is no setting ${name}.`, `Perhaps you meant ${meant}.`)
    return false
  })
}

/** `BEDE_PORT` for `PORT`, or a slip of the finger. */
const meantBy = (name: string): string | undefined => {
  const bare = name.slice('BEDE_'.length)
  return variables.find((one) => one === bare) ?? nearest(name, variables)
}

/** For a service called `bede…` Kubernetes puts these into every container (Kubernetes, "Service": environment variables). */
const fromKubernetes = (name: string, environment: Environment): boolean =>
  /_SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/.test(name) ||
  (name.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\//.test(environment[name] ?? ''))
