import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Exported name -> its declarations as the compiler wrote them into the .d.ts files. */
export type Surface = ReadonlyMap<string, string>

const STATEMENT = /^(export|declare|import|interface|type|const|function|class|abstract|enum|namespace)\b/
const DECLARATION =
  /^(?:export )?(?:default )?(?:declare )?(?:abstract )?(?:async )?(?:interface|type|const|let|var|function|class|enum|namespace) ([\w$]+)/
const NAMED = /^(?:export|import) (?:type )?\{([\s\S]*?)\}(?: from ['"]([^'"]+)['"])?;?$/
const STAR = /^export (?:type )?\* (?:as ([\w$]+) )?from ['"]([^'"]+)['"];?$/

/**
 * What a compiled module offers, followed through its re-exports. Reads the text of .d.ts files, whose layout is the
 * compiler's: a statement begins in the first column and what belongs to it is indented or closes a bracket.
 */
export function surfaceOf(file: string): Surface {
  const known = read.get(file)
  if (known) return known
  const surface = followed(file)
  read.set(file, surface)
  return surface
}

const read = new Map<string, Surface>()

function followed(file: string): Surface {
  const own = new Map<string, string[]>()
  const exported = new Map<string, string>()
  const imported = new Map<string, { from: string; name: string }>()
  const found = new Map<string, string>()

  for (const statement of statementsOf(readFileSync(file, 'utf8'))) {
    const star = STAR.exec(statement)
    const named = NAMED.exec(statement)
    const declared = DECLARATION.exec(statement)?.[1]
    if (star?.[2]) {
      const from = surfaceOf(declarationFile(file, star[2]))
      if (star[1]) found.set(star[1], [...from.keys()].sort().join('\n'))
      else for (const [name, text] of from) found.set(name, text)
    } else if (named?.[1] !== undefined) {
      for (const { name, as } of namesIn(named[1])) {
        if (statement.startsWith('import')) {
          if (named[2]?.startsWith('.')) imported.set(as, { from: declarationFile(file, named[2]), name })
        } else if (!named[2]) exported.set(as, name)
        else if (named[2].startsWith('.')) found.set(as, pick(declarationFile(file, named[2]), name))
        else found.set(as, statement)
      }
    } else if (declared) {
      const texts = own.get(declared) ?? []
      own.set(declared, [...texts, statement.replace(/^export /, '').replace(/^declare /, '')])
      if (statement.startsWith('export')) exported.set(declared, declared)
    }
  }
  for (const [as, name] of exported) {
    const from = imported.get(name)
    found.set(as, own.get(name)?.join('\n') ?? (from ? pick(from.from, from.name) : 'declared elsewhere'))
  }
  return found
}

/** One text for the whole surface, in alphabetical order; a blank line between names. */
export function printSurface(surface: Surface): string {
  return [...surface]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => `# ${name}\n${text}\n`)
    .join('\n')
}

/** The inverse of `printSurface`. */
export function parseSurface(text: string): Surface {
  return new Map(
    text
      .split(/^# /m)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1).trimEnd()]),
  )
}

function statementsOf(text: string): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '')
  const statements: string[][] = []
  for (const line of code.split('\n')) {
    if (line.trim() === '') continue
    if (STATEMENT.test(line)) statements.push([line])
    else statements.at(-1)?.push(line)
  }
  return statements.map((lines) => lines.join('\n').trimEnd())
}

function namesIn(list: string): { name: string; as: string }[] {
  return list
    .split(',')
    .map((item) => item.trim().replace(/^type /, ''))
    .filter((item) => item !== '')
    .map((item) => {
      const [name = '', as = name] = item.split(' as ')
      return { name, as }
    })
}

function pick(file: string, name: string): string {
  return surfaceOf(file).get(name) ?? 'declared elsewhere'
}

function declarationFile(from: string, specifier: string): string {
  const path = join(dirname(from), specifier.replace(/\.[jt]s$/, '.d.ts'))
  if (!existsSync(path)) throw new Error(`${from} names ${specifier}, and ${path} was not emitted`)
  return path
}
