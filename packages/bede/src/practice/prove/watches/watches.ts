import { cached, markup, otherSites, telling } from './answers.ts'
import { served } from './served.ts'
import { shown } from './shown.ts'
import type { Watch } from './watch.ts'
import { written } from './written.ts'

/** What every exchange is looked through for. */
export const watches: readonly Watch[] = [shown, written, markup, served, telling, cached, otherSites]
