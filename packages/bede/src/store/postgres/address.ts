/**
 * A PostgreSQL address (`postgres://user:password@host:5432/database?sslmode=…`) for people, without its password; or
 * undefined where it is not one. Host and database must be stated: what the driver would put in their place (this
 * machine, the user's name) may be somebody else's database. A socket is `postgres:///database?host=/run/postgresql`.
 */
export function addressInWords(url: string): string | undefined {
  if (!/^postgres(?:ql)?:\/\//.test(url) || !URL.canParse(url)) return undefined
  const { username, host, pathname, searchParams } = new URL(url)
  const place = host || searchParams.get('host')
  if (!place || !/^\/[^/]+$/.test(pathname)) return undefined
  return `${username ? `${username}@` : ''}${place}${pathname}`
}

/** What an address looks like, for whoever wrote another. */
export const addressHint = 'It looks like postgres://user:password@host:5432/database.'
