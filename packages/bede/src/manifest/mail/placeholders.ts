import { html } from '../../toolkit/html/html.ts'

/** Text with places for values: one text more than there are names. */
export interface Placeholders {
  readonly texts: readonly string[]
  readonly names: readonly string[]
}

const placeholder = /\{\{([^{}]*)\}\}/
const name = /^[a-z][A-Za-z]*$/

/** Reads `{{name}}`. Braces that are no placeholder stay in the texts: see {@link strayBraces}. */
export function readPlaceholders(source: string): Placeholders {
  const parts = source.split(placeholder)
  return {
    texts: parts.filter((_, index) => index % 2 === 0),
    names: parts.filter((_, index) => index % 2 === 1).map((part) => part.trim()),
  }
}

/** What looks like a placeholder and is none: templates of other systems have conditions, loops and expressions there. */
export function strayBraces({ texts, names }: Placeholders): string | undefined {
  const strange = names.find((one) => !name.test(one))
  if (strange !== undefined) return `{{${strange}}}`
  // A third brace beside a placeholder counts: to some it means a value that is not escaped.
  const stray = texts.find(
    (text, index) =>
      /\{\{|\}\}/.test(text) || (index < names.length && text.endsWith('{')) || (index > 0 && text.startsWith('}')),
  )
  return stray === undefined ? undefined : stray.includes('{') ? '{{' : '}}'
}

/** The texts with the values between them. A value is put in as it is: what it holds is never read as a placeholder. */
export const fill = ({ texts, names }: Placeholders, value: (name: string) => string): string =>
  texts
    .map(
      (text, index) =>
        text +
        names
          .slice(index, index + 1)
          .map(value)
          .join(''),
    )
    .join('')

/** A line that says what a link does, and the link below it: the two become a button. */
const action = /^(.+):\n\{\{link\}\}$/

/** The HTML of a template that says only its text: a paragraph for each, a button for a link, large letters for a code. */
export const htmlOfText = (text: string): string =>
  text
    .trim()
    .split(/\n{2,}/)
    .map((paragraph) => {
      const label = action.exec(paragraph)?.[1]
      if (label !== undefined)
        return `<p><a class="button" href="{{link}}">${escaped(label)}</a></p>\n<p class="address">{{link}}</p>`
      if (paragraph === '{{code}}') return '<p class="code">{{code}}</p>'
      return `<p>${escaped(paragraph).replaceAll('\n', '<br>')}</p>`
    })
    .join('\n')

const escaped = (text: string): string => html`${text}`.text
