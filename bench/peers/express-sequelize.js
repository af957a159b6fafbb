// Express + Sequelize, NODE_ENV=production, a pool of ten.
import express from 'express'
import { DataTypes, Sequelize } from 'sequelize'
import { nextId } from './next-id.js'

const [port, url, actor] = process.argv.slice(2)
const db = new Sequelize(url, { logging: false, pool: { max: 10 }, define: { timestamps: false, underscored: true, freezeTableName: true } })
const id = { type: DataTypes.UUID, primaryKey: true }
const text = DataTypes.TEXT
const User = db.define('user', { id, name: text })
const Article = db.define('article', { id, title: text, body: text, status: text, createdAt: DataTypes.DATE, authorId: DataTypes.UUID })
const Comment = db.define('comment', { id, body: text, createdAt: DataTypes.DATE, articleId: DataTypes.UUID, authorId: DataTypes.UUID })
const Tag = db.define('tag', { id, name: text })
const Link = db.define('article_tag', { id, articleId: DataTypes.UUID, tagId: DataTypes.UUID })
Article.belongsTo(User, { as: 'author', foreignKey: 'authorId' })
Article.hasMany(Comment, { as: 'comments', foreignKey: 'articleId' })
Article.hasMany(Link, { as: 'links', foreignKey: 'articleId' })
Link.belongsTo(Tag, { as: 'tag', foreignKey: 'tagId' })
Comment.belongsTo(User, { as: 'author', foreignKey: 'authorId' })

const author = { model: User, as: 'author', attributes: ['id', 'name'] }
const newest = [['createdAt', 'DESC'], ['id', 'DESC']]
const app = express()
app.disable('x-powered-by')
app.use(express.json())
app.get('/articles/:id', async (request, response) => {
  response.json(await Article.findByPk(request.params.id))
})
app.get('/newest', async (_request, response) => {
  const rows = await Article.findAll({
    attributes: ['id', 'title', 'createdAt'], order: newest, limit: 20,
    include: [author, { model: Link, as: 'links', separate: true, attributes: ['articleId'], order: [['id', 'ASC']], include: [{ model: Tag, as: 'tag', attributes: ['name'] }] }],
  })
  response.json({ articles: rows.map((row) => { const { links, ...rest } = row.toJSON(); return { ...rest, tags: links.map((link) => link.tag.name) } }) })
})
app.get('/threads', async (_request, response) => {
  // A limit per parent is a query per parent in Sequelize.
  const rows = await Article.findAll({ attributes: ['id', 'title'], order: newest, limit: 20, include: [author] })
  const articles = await Promise.all(
    rows.map(async (row) => ({
      ...row.toJSON(),
      comments: await row.getComments({ attributes: ['id', 'body', 'createdAt'], limit: 5, order: [['createdAt', 'ASC'], ['id', 'ASC']], include: [author] }),
    })),
  )
  response.json({ articles })
})
app.post('/comments', async (request, response) => {
  const { articleId, body } = request.body
  response.status(201).json(await Comment.create({ id: nextId(), articleId, body, authorId: actor, createdAt: new Date() }))
})
app.listen(Number(port), '127.0.0.1')
