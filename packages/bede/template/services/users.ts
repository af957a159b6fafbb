import { anyone } from 'bede'
import { Users } from '../models/index.ts'

export const userPolicy = Users.policy(({ row, actor }) => {
  const self = row.id.eq(actor.id)
  // The role decides what somebody may do: nobody gives it to themselves.
  return { read: anyone, update: self, delete: self, fields: { role: { write: actor.role.eq('editor') } } }
})

/** What anybody sees of a person. */
export const authorView = Users.view(({ row }) => ({ id: row.id, name: row.name }))

/** What one sees of one's own account. */
export const accountView = Users.view(({ row }) => ({
  id: row.id,
  email: row.email,
  name: row.name,
  role: row.role,
}))

/** Sign-in by e-mail address and password, under `/auth`. A new account may say its name, and nothing else. */
export const identity = Users.identity({ register: ['name'], view: accountView })
