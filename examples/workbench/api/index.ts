export * from './archives.ts'
export * from './documents.ts'
export * from './tools.ts'
