/** The options of every command that reads a project. */
export const projectOptions = {
  app: { value: 'file', summary: 'The app file (default app.ts)' },
} as const

/** Where a project keeps its migrations, in its own folder. */
export const migrationsFolder = 'migrations'
