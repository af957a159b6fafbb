import { email, id, model, secret, text } from 'bede'

export const user = model({
  id: id<'user'>(),
  email: email({ unique: true, private: true, max: 254 }),
  password: secret({ private: true }),
  name: text({ min: 1, max: 80 }),
})
