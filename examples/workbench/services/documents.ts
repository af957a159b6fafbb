import { Documents } from '../models/index.ts'

/** Whoever brought a document reads it and takes it away, and nobody else does. */
export const documentPolicy = Documents.policy(({ row, actor }) => {
  const mine = row.ownerId.eq(actor.id)
  return { read: mine, create: mine, delete: mine }
})

export const documentView = Documents.view(({ row }) => ({
  id: row.id,
  title: row.title,
  source: row.source,
  type: row.type,
  size: row.size,
  createdAt: row.createdAt,
}))

/** With its text. */
export const wholeView = Documents.view(({ row }) => ({
  id: row.id,
  title: row.title,
  source: row.source,
  type: row.type,
  size: row.size,
  body: row.body,
}))

export const documents = Documents.expose({
  path: '/documents',
  view: documentView,
  operations: ['list', 'get', 'delete'],
})
