import { html } from 'bede'
import { Notes, route } from '../models/index.ts'
import { noteView, share } from '../services/notes.ts'

/** `/notes`: everything a client needs, with filters, sorting, pages and the action `share`. */
export const notesApi = Notes.expose({
  view: noteView,
  operations: ['list', 'get', 'create', 'update', 'delete', share],
  filter: ['authorId', 'createdAt'],
  sort: ['createdAt'],
})

/** An exact path with an exact shape. It is still one statement. */
export const latest = route('GET /latest', {
  auth: 'optional',
  answers: () => ({
    notes: noteView.list({ where: (note) => note.shared, order: (note) => note.createdAt.desc(), limit: 10 }),
  }),
})

/** The same as a page for people. What is put into `html` is escaped. */
export const home = route('GET /', {
  auth: 'optional',
  run: async ({ db }) => {
    const notes = await db.run(
      noteView.list({ where: (note) => note.shared, order: (note) => note.createdAt.desc(), limit: 10 }),
    )
    return html`<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <title>Notes</title>
  <h1>Notes</h1>
  <ul>
    ${notes.map((note) => html`<li><b>${note.title}</b> by ${note.author.name}</li>`)}
  </ul>
  <p><a href="/docs">API reference</a></p>
</html>`
  },
})
