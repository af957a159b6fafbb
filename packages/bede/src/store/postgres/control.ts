import type { Connection } from '../driver.ts'
import { channelName, createListeners, type Listeners } from '../listeners.ts'
import type { Member } from './member.ts'

/** A connection beside the pool: it hears notifications and asks the server to cancel statements. */
export interface Control {
  cancel(pid: number): Promise<void>
  listen: NonNullable<Connection['listen']>
  /** To be called by the member when something has changed. */
  changed(member: Member): void
  readonly notified: Listeners['notify']
  close(): Promise<void>
}

/** Milliseconds between attempts to listen again after the connection was lost. */
const firstRetry = 100
const maxRetry = 5_000

/**
 * Opened on first need. When it is lost while somebody listens, it is opened again and listens again; what was sent
 * meanwhile is lost, as notifications are: whoever must not miss anything also looks by itself from time to time.
 */
export function createControl(connect: () => Promise<Member>): Control {
  const listeners = createListeners()
  /** Who wants to know whether anything may have been missed. */
  const interested = new Set<(now: boolean) => void>()
  const listening = (now: boolean) => {
    for (const each of interested) each(now)
  }
  let current: Promise<Member> | undefined
  let closed = false
  let retry: NodeJS.Timeout | undefined
  let failures = 0

  function get(): Promise<Member> {
    if (closed) return Promise.reject(new Error('The database connections have been closed.'))
    current ??= connectListening().catch((error) => {
      current = undefined
      throw error
    })
    return current
  }

  async function connectListening(): Promise<Member> {
    const member = await connect()
    const channels = listeners.channels()
    if (channels.length > 0) await member.script(channels.map((channel) => `listen ${channelName(channel)}`).join(';'))
    failures = 0
    if (channels.length > 0) listening(!member.lost)
    return member
  }

  function listenAgain(): void {
    if (closed || retry || listeners.channels().length === 0) return
    retry = setTimeout(
      () => {
        retry = undefined
        get().catch(listenAgain)
      },
      Math.min(firstRetry * 2 ** failures++, maxRetry),
    )
    retry.unref()
  }

  return {
    notified: listeners.notify,
    async cancel(pid) {
      const member = await get()
      await member.query({ sql: 'select pg_cancel_backend($1::int4)', params: [String(pid)], shape: ['canceled'] })
    },
    async listen(channel, f, hears) {
      const leave = await listeners.add(channel, f, async (sql) => (await get()).script(sql))
      if (!hears) return leave
      const each = (now: boolean) => hears(now)
      interested.add(each)
      each(current !== undefined)
      return async () => {
        interested.delete(each)
        await leave()
      }
    },
    changed(member) {
      if (!member.lost) return
      current = undefined
      listening(false)
      listenAgain()
    },
    async close() {
      closed = true
      clearTimeout(retry)
      await (await current?.catch(() => undefined))?.end()
    },
  }
}
