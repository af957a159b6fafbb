import { choice, email, id, many, model, secret, text, timestamp } from 'bede'

export const user = model({
  id: id<'user'>(),
  email: email({ unique: true, private: true }),
  password: secret({ max: 200 }),
  name: text({ min: 1, max: 60 }),
  role: choice(['member', 'editor'], { default: 'member' }),
  createdAt: timestamp({ default: 'now', immutable: true }),
  notes: many('note', 'authorId'),
})
