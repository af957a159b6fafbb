import { bool, email, id, many, model, secret, text } from 'bede'

export const user = model({
  id: id<'user'>(),
  email: email({ unique: true, max: 254, private: true }),
  // It is part of addresses and is shown as it was written: no space at its ends, never two in a row.
  username: text({ unique: true, min: 1, max: 60, pattern: /\S+( \S+)*/ }),
  password: secret({ min: 8, max: 200 }),
  bio: text({ default: '', max: 2_000 }),
  // Empty: no picture. Never `javascript:` or `data:`, because other people's pages show it.
  image: text({ default: '', max: 2_000, pattern: /(https?:\/\/\S+)?/ }),
  // Hidden from everybody else, with all it wrote.
  suspended: bool({ default: false, private: true }),
  followers: many('follow', 'followeeId'),
})
