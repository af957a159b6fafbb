import type { JsonSchema } from '../../expr/value.ts'
import { html } from '../../toolkit/html/html.ts'
import type { Html } from '../../toolkit/html/markup.ts'

type Keywords = Readonly<Record<string, unknown>>

const isKeywords = (value: unknown): value is Keywords =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [])

/** How deep members are shown; below it, the type's name has to do. */
const deepest = 6

/** The members of a schema as a table, nested as they are. Nothing for what has no members. */
export function schemaHtml(schema: JsonSchema, depth = 0): Html | undefined {
  if (!isKeywords(schema) || depth > deepest) return undefined
  if (isKeywords(schema.items)) return schemaHtml(schema.items, depth)
  const alternative = Array.isArray(schema.anyOf)
    ? schema.anyOf.find((one) => isKeywords(one) && one.type !== 'null')
    : undefined
  if (isKeywords(alternative)) return schemaHtml(alternative, depth)
  if (!isKeywords(schema.properties)) return undefined
  const required = new Set(texts(schema.required))
  const rows = Object.entries(schema.properties).map(([name, member]) => {
    const inner = isKeywords(member) ? schemaHtml(member, depth + 1) : undefined
    return html`<tr><td><code>${name}</code>${required.has(name) ? html`<span class="needed">required</span>` : ''}</td><td>${typeHtml(member)}${inner ? html`<div class="fields">${inner}</div>` : ''}</td></tr>`
  })
  return html`<table>${rows}</table>`
}

/** The type of a value, and its rules, for a reader. */
export function typeHtml(schema: unknown): Html {
  if (!isKeywords(schema)) return html`<span class="type">anything</span>`
  const rules = rulesOf(schema)
  const description = typeof schema.description === 'string' ? prose(schema.description) : ''
  return html`<span class="type">${typeName(schema)}</span>${rules.length > 0 ? html`<span class="rule">${rules.join(', ')}</span>` : ''}${description && html`<span class="rule">${description}</span>`}`
}

function typeName(schema: Keywords): Html | string {
  const reference = typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined
  if (reference !== undefined) return html`<a href="#schema-${reference}">${reference}</a>`
  if (Array.isArray(schema.anyOf)) {
    const names = schema.anyOf.filter(isKeywords).map(typeName)
    return html`${names.map((name, i) => html`${i > 0 ? ' or ' : ''}${name}`)}`
  }
  if (isKeywords(schema.items)) return html`list of ${typeName(schema.items)}${orNull(schema)}`
  if ('const' in schema) return JSON.stringify(schema.const)
  const named = typeof schema.type === 'string' ? [schema.type] : texts(schema.type).filter((name) => name !== 'null')
  const form =
    typeof schema.format === 'string' ? ` (${schema.format})` : schema.contentEncoding === 'base64' ? ' (base64)' : ''
  return `${named.join(' or ') || 'anything'}${form}${orNull(schema)}`
}

const orNull = (schema: Keywords): string => (texts(schema.type).includes('null') ? ' or null' : '')

function rulesOf(schema: Keywords): readonly string[] {
  const rules: string[] = []
  if (Array.isArray(schema.enum))
    rules.push(
      `one of ${schema.enum
        .filter((value) => value !== null)
        .map(String)
        .join(', ')}`,
    )
  const range = (low: unknown, high: unknown, unit: string): void => {
    if (low !== undefined && high !== undefined) rules.push(`${String(low)} to ${String(high)}${unit}`)
    else if (low !== undefined) rules.push(`at least ${String(low)}${unit}`)
    else if (high !== undefined) rules.push(`at most ${String(high)}${unit}`)
  }
  range(schema.minLength, schema.maxLength, ' characters')
  range(schema.minItems, schema.maxItems, ' items')
  range(ownBound(schema.minimum), ownBound(schema.maximum), '')
  range(schema.formatMinimum, schema.formatMaximum, '')
  if (schema.default !== undefined) rules.push(`default ${JSON.stringify(schema.default)}`)
  return rules
}

/** What any number in JSON is limited to is not worth saying. */
const ownBound = (bound: unknown): unknown =>
  typeof bound === 'number' && Math.abs(bound) === Number.MAX_SAFE_INTEGER ? undefined : bound

/** A description with `code` in it. */
export const prose = (text: string): Html =>
  html`${text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))}`
