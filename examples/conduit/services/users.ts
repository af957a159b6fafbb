import { bool, nobody, or } from 'bede'
import { Users } from '../models/index.ts'

/** Profiles are public; the row is its owner's, and so is the e-mail address in it. */
export const userPolicy = Users.policy(({ row, actor }) => {
  const self = row.id.eq(actor.id)
  return {
    read: or(row.suspended.eq(false), self),
    update: self,
    fields: { email: { read: self }, suspended: { write: nobody } },
  }
})

/** Sign-in by e-mail address. The RealWorld contract has routes of its own for it: see api/users.ts. */
export const identity = Users.identity({ register: ['username'], password: { min: 8 }, routes: false })

/** Takes an account out of sight: `bede call suspend --system 'spam' --input '{"username": "…"}'`. No surface reaches it. */
export const suspend = Users.action({
  by: 'username',
  input: { suspended: bool({ default: true }) },
  set: ({ input }) => ({ suspended: input.suspended }),
})
