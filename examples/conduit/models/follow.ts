import { fromActor, id, model, one, ref } from 'bede'

export const follow = model(
  {
    id: id<'follow'>(),
    followerId: ref('user', { default: fromActor('id'), immutable: true }),
    follower: one('followerId'),
    followeeId: ref('user', { immutable: true }),
    followee: one('followeeId'),
  },
  { unique: [['followeeId', 'followerId']] },
)
