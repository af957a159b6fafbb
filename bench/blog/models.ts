import {
  type ActorOf,
  bool,
  choice,
  defineSchema,
  email,
  fromActor,
  id,
  many,
  model,
  one,
  ref,
  resources,
  secret,
  text,
  timestamp,
  verbs,
} from 'bede'

const company = model({ id: id<'company'>(), name: text(), active: bool({ default: true }) })

const team = model({
  id: id<'team'>(),
  name: text(),
  open: bool({ default: true }),
  companyId: ref('company'),
  company: one('companyId'),
  members: many('member', 'teamId'),
})

const member = model({
  id: id<'member'>(),
  teamId: ref('team'),
  userId: ref('user'),
})

const user = model({
  id: id<'user'>(),
  email: email({ unique: true, private: true }),
  password: secret({ max: 200 }),
  name: text({ min: 1, max: 60 }),
  suspended: bool({ default: false, private: true }),
  teamId: ref('team'),
  team: one('teamId'),
})

const article = model(
  {
    id: id<'article'>(),
    title: text({ min: 1, max: 120 }),
    body: text({ max: 10_000 }),
    status: choice(['draft', 'published'], { default: 'draft' }),
    createdAt: timestamp({ default: 'now', immutable: true }),
    authorId: ref('user', { default: fromActor('id'), immutable: true }),
    author: one('authorId'),
    comments: many('comment', 'articleId'),
    tags: many('articleTag', 'articleId'),
  },
  { index: [['createdAt']] },
)

const comment = model(
  {
    id: id<'comment'>(),
    body: text({ min: 1, max: 2_000 }),
    hidden: bool({ default: false }),
    createdAt: timestamp({ default: 'now', immutable: true }),
    articleId: ref('article', { onDelete: 'cascade', immutable: true }),
    article: one('articleId'),
    authorId: ref('user', { default: fromActor('id'), immutable: true }),
    author: one('authorId'),
  },
  { index: [['articleId', 'createdAt']] },
)

const tag = model({ id: id<'tag'>(), name: text({ unique: true, max: 30 }) })

const articleTag = model(
  {
    id: id<'articleTag'>(),
    articleId: ref('article', { onDelete: 'cascade' }),
    article: one('articleId'),
    tagId: ref('tag'),
    tag: one('tagId'),
  },
  { unique: [['articleId', 'tagId']] },
)

export const models = defineSchema({ company, team, member, user, article, comment, tag, articleTag })
const actor = { id: ref('user') }
type Models = typeof models
export interface Blog extends Models {}
export interface Actor extends ActorOf<typeof actor> {}

export const {
  company: Companies,
  team: Teams,
  member: Members,
  user: Users,
  article: Articles,
  comment: Comments,
  tag: Tags,
  articleTag: ArticleTags,
} = resources<Blog, Actor>(models, actor)
export const { route } = verbs<Actor>(actor)
