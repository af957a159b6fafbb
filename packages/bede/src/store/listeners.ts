/** Who listens to which channel of one database. */
export interface Listeners {
  /** Adds a listener; the first of a channel runs LISTEN, the last that leaves runs UNLISTEN. Answers how to leave. */
  add(channel: string, f: (payload: string) => void, run: (sql: string) => Promise<void>): Promise<() => Promise<void>>
  /** Hands a notification to its listeners. */
  notify(channel: string, payload: string): void
  /** The channels somebody listens to. */
  channels(): readonly string[]
}

export function createListeners(): Listeners {
  const byChannel = new Map<string, Set<(payload: string) => void>>()
  return {
    async add(channel, f, run) {
      const listener = (payload: string) => f(payload) // a set of its own entries: the same function may listen twice
      const listeners = byChannel.get(channel) ?? new Set()
      byChannel.set(channel, listeners)
      listeners.add(listener)
      try {
        if (listeners.size === 1) await run(`listen ${channelName(channel)}`)
      } catch (error) {
        listeners.delete(listener)
        throw error
      }
      return async () => {
        if (!listeners.delete(listener) || listeners.size > 0) return
        byChannel.delete(channel)
        await run(`unlisten ${channelName(channel)}`)
      }
    },
    notify(channel, payload) {
      for (const listener of byChannel.get(channel) ?? []) queueMicrotask(() => listener(payload))
    },
    channels: () => [...byChannel.keys()],
  }
}

/** A channel is an identifier: at most 63 bytes, quoted. */
export function channelName(channel: string): string {
  if (channel === '' || channel.includes('\0') || Buffer.byteLength(channel) > 63) {
    throw new TypeError(`A channel's name has 1 to 63 bytes and no NUL: ${JSON.stringify(channel)}.`)
  }
  return `"${channel.replaceAll('"', '""')}"`
}
