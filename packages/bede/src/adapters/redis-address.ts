/** Whether it is the address of a Redis server: `redis://user:password@host:6379`, or `rediss://` with TLS. */
export const isRedisAddress = (url: string): boolean =>
  URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol) && new URL(url).hostname !== ''

/** What an address looks like, for whoever wrote another. */
export const redisAddressForm = 'redis://user:password@host:6379'
