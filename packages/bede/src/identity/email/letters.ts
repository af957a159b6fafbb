import type { Within } from '../../engine/runtime.ts'
import type { Json } from '../../expr/value.ts'
import type { Account } from '../look-up.ts'
import type { Services } from '../services.ts'

/** Mails that anybody can cause: so many to one address, and so many that one account can cause to others. */
const most = 5
/** Seconds. */
const per = 3_600

/** Counts a mail to an address, whoever causes it and for whatever reason. False: it has had enough of them (class 61). */
export const mayWriteTo = ({ allowances }: Services, { connection, now }: Within, email: string): Promise<boolean> =>
  allowances.take(connection, { what: 'mail', whose: email, most, per }, new Date(now))

/** Counts a mail that an account causes, to whomever. */
export const mayCauseMail = (
  { allowances }: Services,
  { connection, now }: Within,
  account: string | number,
): Promise<boolean> =>
  allowances.take(connection, { what: 'mail of account', whose: String(account), most, per }, new Date(now))

/** A link that works once. */
export interface Link {
  /** What it is good for. */
  readonly purpose: string
  /** The page that it leads to. */
  readonly page: string
  /** Seconds. */
  readonly lasts: number
  /** Null: nobody's, and then nothing of it is kept. See {@link alike}. */
  readonly account: string | number | null
  readonly data: Json
  /** The secret of the browser that asked. */
  readonly boundTo?: string
}

/**
 * What a mail says of a new link. The token stands behind `#`: no server on the way, no log and no `Referer` sees it, and
 * whoever fetches the link before its reader does gets a page and has redeemed nothing.
 */
export async function issueLink(
  { oneTime }: Services,
  { connection, now }: Within,
  { purpose, page, lasts, account, data, boundTo }: Link,
): Promise<{ readonly link: string; readonly expires: string }> {
  const token = await oneTime.issue(
    connection,
    { purpose, lasts, data, ...(account !== null && { account }), ...(boundTo !== undefined && { boundTo }) },
    new Date(now),
  )
  return { link: `${page}#token=${token}`, expires: String(lasts) }
}

/**
 * Writes to the owner of an address, if it is an account's and `eligible`. Where it is not, and where the address has had
 * enough mails, the very same is done and taken back: neither the answer nor the time tells (class 102).
 */
export async function writeToOwner(
  services: Services,
  within: Within,
  email: string,
  {
    eligible = () => true,
    write,
  }: { eligible?(owner: Account): boolean; write(within: Within, owner: Account | undefined): Promise<void> },
): Promise<void> {
  const allowed = await mayWriteTo(services, within, email)
  const owner = await services.lookUp.byEmail(within.connection, email)
  await alike(within, allowed && owner !== undefined && eligible(owner), (inner) => write(inner, owner))
}

/** Does `write` either way, and keeps what it did only where `keep`: as many statements, with as much in them. */
export async function alike(within: Within, keep: boolean, write: (within: Within) => Promise<void>): Promise<void> {
  const takenBack = new Error('taken back')
  try {
    await within.savepoint(async (inner) => {
      await write(inner)
      if (!keep) throw takenBack
    })
  } catch (error) {
    if (error !== takenBack) throw error
  }
}
