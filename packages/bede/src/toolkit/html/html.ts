import { areAddresses, fixesOrigin, isAddress, isRefresh, REFUSED } from './address.ts'
import { OriginAddress } from './address-from.ts'
import { Attributes } from './attributes.ts'
import { escapeHtml, Html, Unsafe } from './markup.ts'
import { misplaced } from './misplaced.ts'
import { ScriptData } from './script-data.ts'
import { type AddressPart, type Hole, type Piece, readTemplate } from './template.ts'

/** What can be put into `html`. */
export type HtmlPart =
  | Html
  | Attributes
  | ScriptData
  | OriginAddress
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | readonly HtmlPart[]

/** Each template is read once, at its first use. */
const read = new WeakMap<TemplateStringsArray, readonly Piece[]>()

/**
 * `` html`<p title="${title}">${name}</p>` ``: HTML in which every value is escaped for the place it stands in. What `html`
 * itself made stays as it is, arrays are joined; null, undefined and booleans are nothing. An address (`href`, `src`)
 * that is not of the web, mail or telephone becomes `about:invalid`; that of what the page loads (the `src` of a script or
 * a frame, the `href` of a `<link>`) begins with its origin in the template, or is of `addressFrom`. Inside a tag stands `attributes({ … })`, inside
 * `<script>` stands `scriptData(value)`. Throws a Problem `unsafe-html` where a value stands in a place that no escaping
 * makes safe: without quotes, in an event handler, in a style, in a comment, as a name.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  let pieces = read.get(strings)
  if (!pieces) {
    pieces = readTemplate(strings)
    read.set(strings, pieces)
  }
  let text = ''
  for (const piece of pieces) {
    if (typeof piece === 'string') text += piece
    else if ('hole' in piece) text += valueText(piece, parts[piece.hole])
    else text += addressText(piece, parts)
  }
  return new Html(text)
}

function valueText(hole: Hole, part: HtmlPart): string {
  if (isList(part)) return part.map((one) => valueText(hole, one)).join('')
  if (isNothing(part)) return ''
  if (part instanceof Unsafe) return hole.place === 'document' ? escapeHtml(part.text) : part.text
  if (hole.place === 'attributes') return attributesText(hole, part)
  if (hole.place === 'script')
    return ScriptData.is(part) ? part.text : wrongPlace(hole, 'in a script', 'scriptData(value)')
  if (hole.place === 'style') return wrongPlace(hole, 'in a style', "unsafe('why', text)")
  if (Attributes.is(part) || ScriptData.is(part)) return wrongPlace(hole, 'as text', 'text or html`…`')
  if (!Html.is(part)) {
    if (hole.place === 'document') return wrongPlace(hole, 'as a page of its own', 'html`…`')
    return escapeHtml(String(part))
  }
  if (hole.place === 'title') return wrongPlace(hole, `in <${hole.tag}>`, 'text')
  return hole.place === 'text' ? part.text : escapeHtml(part.text)
}

function attributesText(hole: Hole, part: HtmlPart): string {
  if (part === '') return ''
  return Attributes.is(part) ? part.textFor(hole.tag) : wrongPlace(hole, 'inside a tag', 'attributes({ name: value })')
}

function addressText({ address, kind }: AddressPart, parts: readonly HtmlPart[]): string {
  const values = address.map((part) => (typeof part === 'number' ? parts[part] : part))
  const written = values.map((value, at) => {
    if (typeof address[at] === 'string') return address[at]
    return value instanceof Unsafe ? value.text : escapeHtml(plainText(value))
  })
  const whole = values.map(plainText).join('')
  if (values.some((value) => value instanceof Unsafe)) return written.join('')
  if (kind === 'loaded') {
    const [begin = '', first] = values
    const isFixed = fixesOrigin(String(begin)) || (begin === '' && OriginAddress.is(first))
    if (isFixed) return fixesOrigin(whole) ? written.join('') : REFUSED
    throw misplaced(
      'as the address of what the page loads',
      "Begin it in the template: src=\"/assets/…\", list where it may be: addressFrom(['https://…'], address), or vouch for it: unsafe('why', address).",
      '',
    )
  }
  return checks[kind](whole) ? written.join('') : REFUSED
}

const checks = { address: isAddress, addresses: areAddresses, refresh: isRefresh }

function plainText(part: HtmlPart): string {
  if (isList(part)) return part.map(plainText).join('')
  if (isNothing(part)) return ''
  if (Html.is(part)) return part.text
  return String(part)
}

const isList = (part: HtmlPart): part is readonly HtmlPart[] => Array.isArray(part)
const isNothing = (part: HtmlPart): part is boolean | null | undefined =>
  part === null || part === undefined || typeof part === 'boolean'

function wrongPlace(hole: Hole, where: string, instead: string): never {
  throw misplaced(where, `There stands ${instead}.`, `<${hole.tag}`)
}
