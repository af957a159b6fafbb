import { type ActorOf, defineSchema, ref, resources, verbs } from 'bede'
import { article } from './article.ts'
import { comment } from './comment.ts'
import { favorite } from './favorite.ts'
import { follow } from './follow.ts'
import { tag } from './tag.ts'
import { user } from './user.ts'

export const models = defineSchema({ user, article, tag, favorite, follow, comment })

/** What is known of whoever calls. Read from the account's row at sign-in, never from a request. */
export const actor = { id: ref('user') }

// Two named interfaces, so that the compiler prints their names and not the whole schema.
type Models = typeof models
export interface Conduit extends Models {}
export interface Actor extends ActorOf<typeof actor> {}

export const {
  user: Users,
  article: Articles,
  tag: Tags,
  favorite: Favorites,
  follow: Follows,
  comment: Comments,
} = resources<Conduit, Actor>(models, actor)

export const { action, route } = verbs<Actor>(actor)
