import { type ActorOf, defineSchema, ref, resources, verbs } from 'bede'
import { document } from './document.ts'
import { user } from './user.ts'

export const models = defineSchema({ user, document })

export const actor = { id: ref('user') }

// Two named interfaces, so that the compiler prints their names and not the whole schema.
type Models = typeof models
export interface Workbench extends Models {}
export interface Actor extends ActorOf<typeof actor> {}

export const { user: Users, document: Documents } = resources<Workbench, Actor>(models, actor)

export const { route } = verbs<Actor>(actor)
