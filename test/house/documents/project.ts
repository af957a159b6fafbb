import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../tree.ts'
import type { Block } from './blocks.ts'

/** Where this run writes the documents' modules: inside the repository, so that `bede` resolves as everywhere in it. */
export const WORKSHOP = join(root, 'test/house/.docs', String(process.pid))

/** A document's TypeScript blocks as modules on disk; line n of a module is line n of the document. */
export interface Project {
  readonly document: string
  readonly folder: string
  /** Paths in `folder`, in the order in which the document comes to them. */
  readonly modules: readonly { readonly path: string; readonly run: boolean }[]
}

/** Blocks without `file=` join into this module, so that a later block goes on where the one before it stopped. */
const JOINED = 'document.ts'

/** Empties the workshop and gives it the repository's compiler settings. */
export function openWorkshop(): void {
  rmSync(WORKSHOP, { recursive: true, force: true })
  mkdirSync(WORKSHOP, { recursive: true })
  const settings = {
    extends: '../../../../tsconfig.json',
    include: ['./**/*.ts'],
    exclude: [],
    compilerOptions: { moduleDetection: 'force' },
  }
  writeFileSync(join(WORKSHOP, 'tsconfig.json'), JSON.stringify(settings))
}

export function closeWorkshop(): void {
  rmSync(WORKSHOP, { recursive: true, force: true })
}

/** Writes the modules of one document and says which there are. */
export function writeProject(document: string, blocks: readonly Block[]): Project {
  const folder = join(WORKSHOP, document.replaceAll('/', '__').replace(/\.md$/, ''))
  const modules = new Map<string, { lines: string[]; run: boolean }>()
  for (const { language, options, text, line } of blocks) {
    if (language !== 'ts') continue
    const path = options.file ?? ('alone' in options ? `line-${line}.ts` : JOINED)
    const module = modules.get(path) ?? { lines: [], run: true }
    modules.set(path, module)
    while (module.lines.length < line - 1) module.lines.push('')
    module.lines.push(...text.split('\n'))
    if ('no-run' in options) module.run = false
  }
  for (const [path, { lines }] of modules) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${lines.join('\n')}\n`)
  }
  return { document, folder, modules: [...modules].map(([path, { run }]) => ({ path, run })) }
}
