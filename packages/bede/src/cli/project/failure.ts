import { existsSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isProblem, type ProblemDetail } from '../../telemetry/problem.ts'
import { withoutQuery } from './modules.ts'

/** A line of a file of the project; lines and columns count from 1. */
interface Place {
  readonly path: string
  readonly line: number
  readonly column?: number
  readonly marked?: string
}

/**
 * What a person needs to know about an error that came up while the project's files were loaded: where it is, what it
 * says, the line, and what to do. The frames of Node and of Bede are left out: nobody can change anything there.
 */
export function failureDetails(error: unknown, folder: string): ProblemDetail[] {
  const place = placeOf(error)
  const at = place ? shown(place, folder) : 'app'
  if (isProblem(error)) {
    const details = error.details.length > 0 ? error.details : [{ place: at, code: error.code, message: error.message }]
    const hint = error.hint ? { hint: error.hint } : {}
    // The declaration's own place stays in front; the file's place goes with the line.
    const line = place && at !== details[0]?.place ? `\n${at}${framed(place)}` : place ? framed(place) : ''
    return details.map((detail) => ({ ...hint, ...detail, message: detail.message + line }))
  }
  const message = messageOf(error, folder)
  const hint = hintFor(error, message)
  return [
    { place: at, code: 'broken-module', message: message + (place ? framed(place) : ''), ...(hint ? { hint } : {}) },
  ]
}

const shown = ({ path, line, column }: Place, folder: string) =>
  `${relative(folder, path) || path}:${line}${column ? `:${column}` : ''}`

/** The line itself, with a mark below the part that is meant. */
function framed({ path, line, column, marked }: Place): string {
  const text = existsSync(path) ? readFileSync(path, 'utf8').split('\n')[line - 1] : undefined
  if (!text?.trim()) return ''
  const below = marked ?? (column ? `${' '.repeat(column - 1)}^` : undefined)
  return `\n  ${line} | ${text}${below ? `\n  ${' '.repeat(String(line).length)} | ${below}` : ''}`
}

/** Node writes the place of a mistake it finds before running at the top of the stack; of one while running, in a frame. */
function placeOf(error: unknown): Place | undefined {
  if (!(error instanceof Error) || !error.stack) return undefined
  const lines = withoutQuery(error.stack).split('\n')
  const head = lines[0]?.match(/^((?:file:\/\/)?\/?.+):(\d+)$/)
  if (head) {
    const marks = lines.findIndex((line) => /^\s*\^+\s*$/.test(line))
    const marked = marks > 0 ? lines[marks]!.trimEnd() : undefined
    const column = marked ? { column: marked.indexOf('^') + 1, marked } : {}
    return { path: asPath(head[1]!), line: Number(head[2]), ...column }
  }
  const importer = error.message.match(/imported from (.+)$/)?.[1]
  if (importer) return placeOfImport(asPath(withoutQuery(importer)), error.message)
  for (const line of lines) {
    const frame = line.match(/^\s+at .*?(file:\/\/.+?):(\d+):(\d+)\)?$/)
    if (!frame || frame[1]!.includes('/node_modules/') || frame[1]!.startsWith(bede)) continue
    return { path: asPath(frame[1]!), line: Number(frame[2]), column: Number(frame[3]) }
  }
  return undefined
}

const bede = new URL('../../', import.meta.url).href
const asPath = (place: string) => (place.startsWith('file:') ? fileURLToPath(place) : place)

/** Node names the importing file and what it did not find there, but not the line: the one whose specifier leads there. */
function placeOfImport(path: string, message: string): Place | undefined {
  const wanted = message.match(/Cannot find (?:module|package) '(.+?)'/)?.[1]
  if (!wanted || !existsSync(path)) return undefined
  const sought = asPath(withoutQuery(wanted))
  for (const [index, text] of readFileSync(path, 'utf8').split('\n').entries()) {
    if (!/\b(?:from|import)\b/.test(text)) continue
    const found = [...text.matchAll(/(['"])(.+?)\1/g)].find(([, , specifier = '']) => leadsTo(sought, specifier, path))
    if (found) return { path, line: index + 1, column: found.index + 2 }
  }
  return undefined
}

/** Whether a specifier in the file `from` names this file or package. */
const leadsTo = (sought: string, specifier: string, from: string): boolean =>
  /^\.{0,2}\//.test(specifier)
    ? resolve(dirname(from), specifier) === sought
    : specifier === sought || specifier.startsWith(`${sought}/`)

function messageOf(error: unknown, folder: string): string {
  if (!(error instanceof Error)) return `The file threw ${String(error)}.`
  const missing = error.message.match(/^Cannot find (module|package) '(.+?)' imported from/)
  if (missing?.[1] === 'module') return `There is no file ${relative(folder, withoutQuery(missing[2]!)) || missing[2]}.`
  if (missing) return `There is no package '${missing[2]}'.`
  const message = withoutQuery(error.message)
  return error.name === 'Error' || error.name === 'SyntaxError'
    ? `${message}.`.replace(/\.\.$/, '.')
    : `${error.name}: ${message}`
}

function hintFor(error: unknown, message: string): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
    return 'Node runs TypeScript by leaving the types out, so what needs code to be made (enum, namespace, parameter properties) cannot be used. For a set of values, use choice([…]) or an object `as const`.'
  if (code === 'ERR_MODULE_NOT_FOUND') {
    const path =
      error instanceof Error && 'url' in error && typeof error.url === 'string'
        ? asPath(withoutQuery(error.url))
        : undefined
    const meant = path && ['.ts', '.js', '/index.ts'].find((end) => existsSync(path + end))
    if (meant) return `Write the whole name: add '${meant}' to the import.`
    return message.includes('package')
      ? 'Install it with npm install, then save a file.'
      : 'Check the name, with its .ts at the end.'
  }
  if (message.includes('does not provide an export named'))
    return 'Check the name in the import. A type is imported with `import type`.'
  return undefined
}
