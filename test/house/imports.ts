import { posix } from 'node:path'

/** A specifier as it is written, and whether it leads to another file of this repository. */
export interface Import {
  readonly line: number
  readonly specifier: string
}

const FROM = /^[ \t]*(?:import|export)\b(?:[^'"`;]*?\bfrom)?[ \t\n]*['"]([^'"]+)['"]/gm
const INLINE = /\bimport\([ \t\n]*['"]([^'"]+)['"][ \t\n]*\)/g

/** Every module that a TypeScript file names: imports, re-exports, `import()` of values and of types. */
export function importsOf(text: string): Import[] {
  const code = withoutComments(text)
  return [...code.matchAll(FROM), ...code.matchAll(INLINE)].map((match) => ({
    line: code.slice(0, match.index).split('\n').length,
    specifier: match[1] ?? '',
  }))
}

/** The path from the root that a relative specifier in `file` leads to. */
export function target(file: string, specifier: string): string {
  return posix.join(posix.dirname(file), specifier)
}

/** Cycles of a graph, each as the path that closes it; at most one for every node. */
export function cycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const done = new Set<string>()
  const found: string[][] = []
  const visit = (node: string, path: string[]): void => {
    const at = path.indexOf(node)
    if (at >= 0) {
      found.push([...path.slice(at), node])
      return
    }
    if (done.has(node)) return
    for (const next of graph.get(node) ?? []) visit(next, [...path, node])
    done.add(node)
  }
  for (const node of graph.keys()) visit(node, [])
  return found
}

/** The same text with comments blanked, lines kept; strings stay, so that a `//` inside one is not a comment. */
function withoutComments(text: string): string {
  return text.replaceAll(
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g,
    (token) => (token.startsWith('/') ? token.replaceAll(/[^\n]/g, ' ') : token),
  )
}
