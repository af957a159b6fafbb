import { integer, nobody, Problem } from 'bede'
import { Articles, action, Comments, Favorites, Follows, Tags, Users } from '../models/index.ts'
import { names, writeArticle, writeComment } from '../seed/prose.ts'
import { createRandom } from '../seed/random.ts'

/** As many rows as one statement takes. */
const bulk = 1_000
/** Everybody's: these are nobody's accounts. */
const password = 'conduit-demo'
const day = 86_400_000

/** The articles of the last two years, the same on every run but for their ids. */
const world = (articles: number) => {
  const random = createRandom(1)
  const people = names.map((username) => {
    const [name = '', family = ''] = username.toLowerCase().split(' ')
    return { username, email: `${name}.${family}@example.com`, bio: `Writes about ${writeArticle(random).tags[0]}.` }
  })
  const written = Array.from({ length: articles }, (_, index) => ({
    ...writeArticle(random),
    age: ((articles - index) * 730 * day) / articles - random.below(day / 4),
    author: random.below(people.length),
    fans: random.some(people, random.below(12)).map((fan) => people.indexOf(fan)),
    comments: Array.from({ length: random.below(4) }, () => ({
      by: random.below(people.length),
      body: writeComment(random),
    })),
  }))
  const follows = people.map((_, index) =>
    random
      .some(people, 8)
      .map((other) => people.indexOf(other))
      .filter((other) => other !== index),
  )
  return { people, written, follows }
}

const inBulk = async <T, R>(rows: readonly T[], write: (some: readonly T[]) => Promise<readonly R[]>): Promise<R[]> => {
  const made: R[] = []
  for (let from = 0; from < rows.length; from += bulk) made.push(...(await write(rows.slice(from, from + bulk))))
  return made
}

const count = {
  users: integer(),
  articles: integer(),
  tags: integer(),
  comments: integer(),
  favorites: integer(),
  follows: integer(),
}

/** Fills an empty database, all of it or nothing. Only the system may call it, and no surface reaches it. */
export const seed = action({
  input: { articles: integer({ min: 1, max: 20_000, default: 3_000 }) },
  output: count,
  allow: () => nobody,
  run: async ({ input, db, now }) => {
    if ((await db.run(Users.count())) > 0) {
      throw new Problem('conflict', {
        message: 'There are users in this database already, and nothing was added',
        hint: 'Seed an empty one: stop the server, delete the folder .bede/data, and run the command again.',
      })
    }
    const { people, written, follows } = world(input.articles)
    const users = await inBulk(
      people.map((person) => ({ ...person, password })),
      (some) => db.createMany(Users, some),
    )
    const user = (index: number) => users[index]!.id
    const articles = await inBulk(
      written.map(({ title, description, body, age, author }, index) => {
        const createdAt = new Date(Date.parse(now) - age).toISOString()
        return {
          slug: slugOf(title, index),
          title,
          description,
          body,
          createdAt,
          updatedAt: createdAt,
          authorId: user(author),
        }
      }),
      (some) => db.createMany(Articles, some),
    )
    const article = (index: number) => articles[index]!.id
    const tags = written.flatMap(({ tags }, index) => tags.map((name) => ({ name, articleId: article(index) })))
    const comments = written.flatMap(({ comments }, index) =>
      comments.map(({ by, body }) => ({ body, articleId: article(index), authorId: user(by) })),
    )
    const favorites = written.flatMap(({ fans }, index) =>
      fans.map((fan) => ({ articleId: article(index), userId: user(fan) })),
    )
    const followed = follows.flatMap((others, index) =>
      others.map((other) => ({ followerId: user(index), followeeId: user(other) })),
    )
    await inBulk(tags, (some) => db.createMany(Tags, some))
    await inBulk(comments, (some) => db.createMany(Comments, some))
    await inBulk(favorites, (some) => db.createMany(Favorites, some))
    await inBulk(followed, (some) => db.createMany(Follows, some))
    return {
      users: users.length,
      articles: articles.length,
      tags: tags.length,
      comments: comments.length,
      favorites: favorites.length,
      follows: followed.length,
    }
  },
})

const slugOf = (title: string, index: number) => {
  const words = title.toLowerCase().match(/[a-z0-9]+/g) ?? []
  return [...words, index.toString(16).padStart(8, '0')].join('-')
}
