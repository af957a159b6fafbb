import { route, Tags } from '../models/index.ts'

export const listTags = route('GET /api/tags', {
  auth: 'optional',
  answers: () => ({ tags: Tags.distinct((tag) => tag.name, { limit: 1_000 }) }),
})
