import { app } from 'bede'
import * as notesApi from './api/notes.ts'
import { models } from './models/index.ts'
import * as notes from './services/notes.ts'
import * as users from './services/users.ts'

export default app({
  name: 'notes',
  schema: models,
  use: { users, notes, notesApi },
})
