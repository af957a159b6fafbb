import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Problem } from '../../telemetry/problem.ts'
import { version } from '../command/version.ts'
import { printable } from '../terminal/printable.ts'

const bede = fileURLToPath(new URL('../../../', import.meta.url))
const template = join(bede, 'template')

/** The longest name that npm takes (package.json's `name`). */
const LONGEST_NAME = 214

/** Writes the small project into an empty folder, as one that is to be called `name`. */
export function writeProject(folder: string, name: string): void {
  cpSync(template, folder, { recursive: true, errorOnExist: true, force: false })
  finish(folder, name)
  const appFile = join(folder, 'app.ts')
  // A package's name has no sign that could leave the quotes.
  writeFileSync(appFile, readFileSync(appFile, 'utf8').replace("name: 'notes'", `name: '${name}'`))
}

/** What of the template every project has, whatever it declares. */
const common = ['AGENTS.md', 'gitignore', 'package.json', 'tsconfig.json']

/** As {@link writeProject}, with declarations of its own: the text of each file by its path. */
export function writeDeclared(folder: string, name: string, files: Readonly<Record<string, string>>): void {
  for (const file of common) cpSync(join(template, file), join(folder, file))
  finish(folder, name)
  change(join(folder, 'package.json'), ({ scripts: { test: _, ...scripts } = {}, ...content }) => ({
    ...content,
    scripts,
  }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text, { flag: 'wx' })
  }
}

/** The files of a folder, relative to it, in order. */
export const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()

function finish(folder: string, name: string): void {
  // npm leaves a file named .gitignore out of a package, so the template carries it under another name.
  renameSync(join(folder, 'gitignore'), join(folder, '.gitignore'))
  writePackage(folder, name)
}

/** Throws a Problem `folder-in-use` for a folder that has something in it. */
export function refuseUnlessEmpty(folder: string): void {
  if (!existsSync(folder)) return
  const name = printable(folder)
  if (!statSync(folder).isDirectory()) {
    throw new Problem('folder-in-use', { message: `${name} is a file.`, hint: 'Name a folder that is not there yet.' })
  }
  const found = readdirSync(folder)
  if (found.length === 0) return
  throw new Problem('folder-in-use', {
    message: `${name} is not empty: it holds ${found.length === 1 ? printable(found[0]!) : `${found.length} entries`}.`,
    hint: 'Name a folder that is empty or not there yet.',
  })
}

/** The name of the folder that it will be in is data: it goes through JSON into package.json. */
function writePackage(folder: string, name: string): void {
  change(join(folder, 'package.json'), (content) => ({
    ...content,
    name,
    dependencies: { ...content.dependencies, bede: installed ? `^${version()}` : `file:${bede.replace(/[/\\]$/, '')}` },
    ...(installed
      ? {}
      : {
          scripts: {
            ...content.scripts,
            test: content.scripts?.test?.replace('node ', `node --conditions=${CONDITION} `),
          },
        }),
  }))
  if (installed) return
  change(join(folder, 'tsconfig.json'), (content) => ({
    ...content,
    compilerOptions: { ...content.compilerOptions, customConditions: [CONDITION] },
  }))
}

/** Whether this is a Bede that npm installed; else it is its repository, where the sources stand for what is published. */
const installed = bede.includes('node_modules')
const CONDITION = 'bede-source'

type Settings = { readonly [section: string]: { readonly [name: string]: string } | undefined }

function change(path: string, by: (content: Settings) => object): void {
  writeFileSync(path, `${JSON.stringify(by(JSON.parse(readFileSync(path, 'utf8'))), null, 2)}\n`)
}

/** What npm takes as a name: lower case, without signs that a URL would have to escape. */
export function packageName(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|-+$/g, '')
  return name.slice(0, LONGEST_NAME) || 'backend'
}
