import type { App } from '../declare/app.ts'
import { type Linked, linkApp } from '../manifest/link/link.ts'
import { identityOperations } from './operations.ts'

/**
 * Declarations → manifest, with what a declared identity brings.
 * Throws one Problem `invalid-declaration` that lists all mistakes, each with its place, code and hint.
 */
export const link = (app: App): Linked => linkApp(app, identityOperations)
