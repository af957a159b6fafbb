import type { Accounts } from '../account.ts'

/** What the links and codes in mails are good for: one of them is never taken for another (class 84). */
export const purposes = {
  verify: 'verify-email',
  reset: 'reset-password',
  changeOld: 'email-change-old',
  changeNew: 'email-change-new',
  magicLink: 'magic-link',
  code: 'email-code',
} as const

/** Where each kind of link leads: the path at which it is redeemed, which shows a page to whoever opens it. */
export const redeemedAt = {
  verify: '/auth/email/verify',
  reset: '/auth/password/reset',
  change: '/auth/email/change/confirm',
  magicLink: '/auth/magic/redeem',
} as const

/** The app's own page, or Bede's. */
export const pageOf = ({ identity }: Accounts, link: keyof typeof redeemedAt): string =>
  identity.email?.pages[link] ?? redeemedAt[link]

/** Seconds that a request for the confirmation of an address can be answered. */
export const verifyLasts = 86_400
