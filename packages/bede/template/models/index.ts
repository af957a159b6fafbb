import { type ActorOf, choice, defineSchema, ref, resources, verbs } from 'bede'
import { note } from './note.ts'
import { user } from './user.ts'

export const models = defineSchema({ user, note })

/** What is known of whoever calls. Read from the account's row at sign-in, never from a request. */
export const actor = { id: ref('user'), role: choice(['member', 'editor']) }

// Two named interfaces, so that the compiler prints their names and not the whole schema.
type Models = typeof models
export interface Schema extends Models {}
export interface Actor extends ActorOf<typeof actor> {}

export const { user: Users, note: Notes } = resources<Schema, Actor>(models, actor)
/** The verbs that belong to no single model. */
export const { action, route } = verbs<Actor>(actor)
