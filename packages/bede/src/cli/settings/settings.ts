import { availableParallelism } from 'node:os'
import { isRedisAddress, redisAddressForm } from '../../adapters/redis-address.ts'
import type { Secrets } from '../../engine/keys/root-secret.ts'
import { Problem } from '../../telemetry/problem.ts'
import { isPrivatePlace } from '../../toolkit/http/destination.ts'
import { readSpan } from '../../toolkit/span.ts'
import { type Address, type AddressSettings, addressSettings } from './address.ts'
import { type DatabaseSettings, databaseSettings } from './database.ts'
import { type EdgeSettings, edgeSettings } from './edge.ts'
import { type FilesSettings, filesSettings } from './files.ts'
import { type MailSettings, mailSettings, originSettings } from './mail.ts'
import { metricsAddress } from './metrics.ts'
import { type Environment, Reading } from './reading.ts'
import { secretSettings } from './secrets.ts'
import { type Sharing, sharingSettings } from './sharing.ts'
import { unknownVariables } from './variables.ts'

/** What the environment and the command line say, read once. Frozen: nothing changes it while it is in use. */
export interface Settings {
  readonly database: DatabaseSettings
  readonly address: AddressSettings
  readonly edge: EdgeSettings
  readonly sharing: Sharing
  /** Milliseconds to serve on once it was asked to stop. */
  readonly drain: number
  /** Bytes that answers of cached views may take. */
  readonly cache: number | undefined
  /** The address of the Redis through which processes hear of each other's writes, and count callers together. */
  readonly redis: string | undefined
  /** `off`: nobody is limited, whatever the app says. */
  readonly limits: 'off' | undefined
  /** Where numbers about the process can be had. */
  readonly metrics: Address | undefined
  /** A log line for each request. */
  readonly logRequests: boolean
  /** Hosts and ports of the place's own network that handlers may call. */
  readonly httpPrivate: readonly string[]
  readonly secrets: Secrets | undefined
  /** Where people reach the app. */
  readonly origin: string | undefined
  readonly mail: MailSettings | undefined
  /** Where files are kept. */
  readonly files: FilesSettings | undefined
  /** What this process was told by the one that supervises it. */
  readonly worker: { readonly number: number; readonly port: number } | undefined
  /** Variables with Bede's beginning that it does not know. */
  readonly unknown: readonly string[]
}

/** What a command knows beside its options. */
export interface Circumstances {
  /** Which database it wants: the embedded one or one at an address; absent: whichever there is. */
  readonly embedded?: boolean
  /** What `--workers auto` stands for. */
  readonly processors?: () => number
}

const megabyte = 1024 * 1024

/**
 * Reads every setting, options of the command before variables. Throws one Problem `invalid-setting` that lists all that
 * cannot be used, each with its name and with what to write; never a value, which may be a secret.
 */
export function readSettings(
  environment: Environment,
  options: Environment = {},
  { embedded, processors = availableParallelism }: Circumstances = {},
): Settings {
  const reading = new Reading(environment, options)
  const settings: Settings = {
    database: databaseSettings(reading, embedded),
    address: addressSettings(reading),
    edge: edgeSettings(reading),
    sharing: sharingSettings(reading, processors, embedded === true),
    drain: reading.value({ variable: 'BEDE_DRAIN', option: 'drain' }, span, 0),
    cache: reading.value({ variable: 'BEDE_CACHE_MB' }, megabytes, undefined),
    redis: reading.value({ variable: 'BEDE_REDIS_URL' }, redis, undefined),
    limits: reading.value({ variable: 'BEDE_LIMITS' }, off, undefined),
    metrics: reading.value({ variable: 'BEDE_METRICS' }, metricsAddress, undefined),
    logRequests: reading.value({ variable: 'BEDE_LOG_REQUESTS' }, on, undefined) === 'on',
    httpPrivate: reading.value({ variable: 'BEDE_HTTP_PRIVATE' }, places, []),
    secrets: reading.part(secretSettings),
    origin: reading.part(originSettings),
    mail: reading.part(mailSettings),
    files: filesSettings(reading),
    worker: workerOf(environment),
    unknown: unknownVariables(environment, reading),
  }
  const { mistakes: details } = reading
  if (details.length === 0) return frozen(settings)
  const count = details.length === 1 ? 'A setting' : `${details.length} settings`
  throw new Problem('invalid-setting', { message: `${count} cannot be used.`, details })
}

const span = {
  expected: 'a length of time',
  example: '5s',
  parse: (text: string) => {
    const seconds = text === '0' ? 0 : readSpan(text)
    return seconds === undefined ? undefined : seconds * 1000
  },
}
const megabytes = {
  expected: 'a whole number of megabytes',
  example: '64',
  parse: (text: string) => (/^\d{1,5}$/.test(text) ? Number(text) * megabyte : undefined),
}
const off = {
  expected: 'off, or nothing',
  example: 'off',
  parse: (text: string) => (text === 'off' ? text : undefined),
}
const on = {
  expected: 'on, or nothing',
  example: 'on',
  parse: (text: string) => (text === 'on' ? text : undefined),
}
const places = {
  expected:
    'hosts with their ports, with commas between them; an address in it is one of a private network or of this machine',
  example: '10.0.0.5:9000,search:9200',
  parse: (text: string) => {
    const found = text.split(',').map((one) => one.trim())
    return found.every(isPrivatePlace) ? found : undefined
  },
}
const redis = {
  expected: 'the address of a Redis server, or rediss:// with TLS',
  example: redisAddressForm,
  parse: (text: string) => (isRedisAddress(text) ? text : undefined),
}

/** Said by another process of Bede, and by nobody else. */
const workerOf = ({ BEDE_WORKER, BEDE_WORKER_PORT }: Environment): Settings['worker'] =>
  process.send === undefined || BEDE_WORKER === undefined
    ? undefined
    : { number: Number(BEDE_WORKER), port: Number(BEDE_WORKER_PORT) }

function frozen<T extends object>(settings: T): T {
  for (const value of Object.values(settings)) if (typeof value === 'object' && value !== null) frozen(value)
  return Object.freeze(settings)
}
