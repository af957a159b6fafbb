import { Users } from '../models/index.ts'

export const userPolicy = Users.policy(({ row, actor }) => ({ read: row.id.eq(actor.id) }))

export const identity = Users.identity({ register: ['name'] })
