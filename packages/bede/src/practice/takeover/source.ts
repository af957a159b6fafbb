/** What could end a line, turn the direction of text around, or not be seen: written out, wherever it stands. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}]/gu

const escaped = (sign: string): string => sign.split('').map(codeUnit).join('')
const codeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

/**
 * Text from outside as a string of TypeScript: whatever is in it, it ends where the text ends. There is no other way for
 * such a text into the source of a project.
 */
export function literal(text: string): string {
  const quoted = JSON.stringify(text).replace(unseen, escaped)
  if (text.includes("'")) return quoted
  return `'${quoted.slice(1, -1).replace(/\\[\s\S]/g, (pair) => (pair === '\\"' ? '"' : pair))}'`
}

/** The key of a member. `__proto__` is computed, so that it is a member like any other. */
export const key = (name: string): string =>
  /^[A-Za-z_]\w*$/.test(name) && !(name in {}) ? name : name === '__proto__' ? `[${literal(name)}]` : literal(name)

/** Text from outside as one line of prose, for a comment. */
export const prose = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Cn}\s]+/gu, ' ')
    .replaceAll('*/', '* /')
    .trim()

/** Text from outside in a line of Markdown. */
export const code = (text: string): string => `\`${prose(text).replaceAll('`', "'") || ' '}\``

const width = 110

/** `name({ a: 1, b: 2 })` over one line or several. `members`: source of each member. */
export function braces(members: readonly string[], indent = ''): string {
  if (members.length === 0) return '{}'
  const one = `{ ${members.join(', ')} }`
  if (one.length + indent.length <= width && !one.includes('\n')) return one
  return `{\n${members.map((member) => `${indent}  ${member},`).join('\n')}\n${indent}}`
}

export function brackets(items: readonly string[], indent = ''): string {
  const one = `[${items.join(', ')}]`
  if (one.length + indent.length <= width && !one.includes('\n')) return one
  return `[\n${items.map((item) => `${indent}  ${item},`).join('\n')}\n${indent}]`
}

/** An import of the source that is written. */
export const imported = (what: string, file: string): string => `import ${what} from ${literal(file)}`
