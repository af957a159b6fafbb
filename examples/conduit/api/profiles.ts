import { route } from '../models/index.ts'
import { followUser, profileView, unfollowUser } from '../services/profiles.ts'

export const getProfile = route('GET /api/profiles/:username', {
  auth: 'optional',
  answers: ({ params }) => ({ profile: profileView.one((user) => user.username.eq(params.username)) }),
})

export const postFollow = route('POST /api/profiles/:username/follow', {
  status: 200,
  calls: followUser,
  answers: ({ result }) => ({ profile: result }),
})

export const removeFollow = route('DELETE /api/profiles/:username/follow', {
  calls: unfollowUser,
  answers: ({ result }) => ({ profile: result }),
})
