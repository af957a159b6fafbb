import { or } from 'bede'
import { Notes } from '../models/index.ts'
import { authorView } from './users.ts'

/** Shared notes are for everybody; the rest, and every change, is the author's alone. */
export const notePolicy = Notes.policy(({ row, actor }) => {
  const mine = row.authorId.eq(actor.id)
  return { read: or(row.shared, mine), create: mine, update: mine, delete: mine }
})

export const noteView = Notes.view(({ row, actor }) => ({
  id: row.id,
  title: row.title,
  body: row.body,
  shared: row.shared,
  mine: row.authorId.eq(actor.id),
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
  author: authorView.of(row.author),
}))

/** Shows a note to everybody. One that is shared already is a 409. */
export const share = Notes.action({
  where: ({ row }) => row.shared.eq(false),
  set: () => ({ shared: true }),
})
