import { and, anyone, text } from 'bede'
import { Follows, Users } from '../models/index.ts'

/** Who follows whom is public, and everybody's own decision. */
export const followPolicy = Follows.policy(({ row, actor }) => {
  const mine = row.followerId.eq(actor.id)
  return { read: anyone, create: mine, delete: mine }
})

/** What anybody sees of a person. */
export const profileView = Users.view(({ row, actor }) => ({
  username: row.username,
  bio: row.bio,
  image: row.image,
  following: row.followers.some((follow) => follow.followerId.eq(actor.id)),
}))

/** Following twice is following. */
export const followUser = Follows.action({
  input: { username: text() },
  create: ({ input }) => ({ followeeId: Users.one((user) => user.username.eq(input.username)).id }),
  exists: 'keep',
  answers: ({ row }) => profileView.of(row.followee),
})

/** Unfollowing somebody who is not followed is no mistake; somebody who is not there is a 404. */
export const unfollowUser = Follows.action({
  input: { username: text() },
  delete: ({ row, input, actor }) => and(row.followerId.eq(actor.id), row.followee.username.eq(input.username)),
  absent: 'ok',
  answers: ({ input }) => profileView.one((user) => user.username.eq(input.username)),
})
