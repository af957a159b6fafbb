/** What a database can refuse or fail with, before it becomes a caller's problem. */
export const store = {
  'store-unavailable': { status: 503, title: 'The database cannot be reached' },
  'store-locked': { status: 500, title: 'Another process holds this data folder' },
  'store-schema': { status: 500, title: 'The database does not have the declared shape' },
  'store-version': { status: 500, title: 'The database is of a version that Bede does not work with' },
  'store-folder': { status: 500, title: 'The folder is not a data folder of Bede' },
  'invalid-migration': { status: 500, title: 'A migration cannot be read' },
  'unaccepted-loss': { status: 500, title: 'A migration would lose data that nobody has given up' },
  'impossible-migration': { status: 500, title: 'No migration leads to what is declared' },
  'pending-migration': { status: 500, title: 'The database waits for migrations' },
  'changed-migration': { status: 500, title: 'A migration was changed after it had been applied' },
  'migration-order': { status: 500, title: 'The migrations here and those of the database do not follow each other' },
  'migration-failed': { status: 500, title: 'A migration stopped before its end' },
  'cannot-undo': { status: 500, title: 'A migration cannot be undone without loss' },
  'cannot-rehearse': { status: 500, title: 'A rehearsal has no place to be held' },
  'invalid-setting': { status: 500, title: 'A secret or setting cannot be used' },
} as const
