import { type ActorOf, choice, email, id, ref, secret, text, verbs } from '../../src/index.ts'

/** The fields of an account whose person has a handle and a role: an app spreads them into a model of its own, `user`. */
export const account = {
  id: id<'user'>(),
  handle: text({ unique: true, min: 1, max: 40 }),
  email: email({ unique: true, private: true, max: 254 }),
  password: secret({ private: true }),
  role: choice(['member', 'editor'], { default: 'member' }),
}

/** The fields of an account whose person is shown by name; what else there is to it stands in the app. */
export const person = {
  id: id<'user'>(),
  email: email({ unique: true, private: true }),
  password: secret({ max: 200 }),
  name: text({ min: 1, max: 60 }),
}

/** What rules and handlers know of who calls, and the verbs that know as much; an app that knows more has its own. */
export const actor = { id: ref('user'), role: choice(['member', 'editor']) }
export interface Actor extends ActorOf<typeof actor> {}
export const { route, action } = verbs<Actor>(actor)
