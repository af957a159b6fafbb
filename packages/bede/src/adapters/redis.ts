import { pathToFileURL } from 'node:url'
import { Problem } from '../telemetry/problem.ts'
import { resolveOptional } from '../toolkit/optional-package.ts'
import { isRedisAddress, redisAddressForm } from './redis-address.ts'

/** What Bede uses of a connection of ioredis. */
export interface Redis {
  connect(): Promise<unknown>
  /** Ends the connection at once; with `true` it is opened again. */
  disconnect(again?: boolean): void
  /** Runs a script by its SHA-1; rejects with `NOSCRIPT` where Redis does not know it. */
  evalsha(name: string, keys: number, ...values: string[]): Promise<unknown>
  eval(script: string, keys: number, ...values: string[]): Promise<unknown>
  publish(channel: string, message: string): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  ping(): Promise<unknown>
  on(event: 'message', f: (channel: string, message: string) => void): unknown
  on(event: 'ready' | 'close', f: () => void): unknown
  on(event: 'error', f: (error: Error) => void): unknown
}

/** Opens nothing yet: `connect` does, and from then on it is opened again whenever it was lost. */
export type ConnectRedis = () => Redis

/** The package, installed by whoever uses Redis. */
const named = 'ioredis'
/** Milliseconds to wait for a connection, and for the answer to a command. */
const connectTimeout = 2_000
const commandTimeout = 1_000
/** Milliseconds between attempts to connect again. */
const firstRetry = 100
const maxRetry = 1_000

/**
 * Connections to the Redis at `url` (`redis://user:password@host:6379`, or `rediss://` with TLS). Throws the Problem
 * `invalid-setting` where the address is none or the package `ioredis` is not installed.
 */
export async function loadRedis(url: string): Promise<ConnectRedis> {
  if (!isRedisAddress(url))
    throw new Problem('invalid-setting', {
      message: 'This is not the address of a Redis server.',
      hint: `Write ${redisAddressForm}, or rediss:// for TLS.`,
    })
  const make = await redisClass()
  return () =>
    new make(url, {
      lazyConnect: true,
      // What cannot be sent now is said to have failed: whoever keeps something in mind decides what becomes of it.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResubscribe: false,
      connectTimeout,
      commandTimeout,
      retryStrategy: (attempt: number) => Math.min(firstRetry * attempt, maxRetry),
    })
}

type Constructor = new (url: string, options: object) => Redis

async function redisClass(): Promise<Constructor> {
  try {
    return exportOf(await import(pathToFileURL(resolveOptional(named)).href))
  } catch (cause) {
    throw new Problem('invalid-setting', {
      message: `Redis needs the package ${named}, which cannot be loaded.`,
      hint: `Run npm install ${named}@5 in the project.`,
      cause,
    })
  }
}

function exportOf(loaded: unknown): Constructor {
  const found: unknown = Reflect.get(Object(loaded), 'Redis')
  if (typeof found !== 'function') throw new TypeError(`${named} has no export Redis`)
  return found as Constructor // checked by what it is used for: it is another package's
}
