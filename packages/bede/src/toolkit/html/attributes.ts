import { Problem } from '../../telemetry/problem.ts'
import { areAddresses, isAddress, isRefresh, REFUSED } from './address.ts'
import { OriginAddress } from './address-from.ts'
import { attributeKind } from './attribute-kind.ts'
import { escapeHtml } from './markup.ts'

export type AttributeValue = string | number | bigint | boolean | null | undefined | OriginAddress

/** Attributes for the inside of a tag: `` html`<input ${attributes({ name, required: true })}>` ``. */
export class Attributes {
  readonly #values: Readonly<Record<string, AttributeValue>>

  constructor(values: Readonly<Record<string, AttributeValue>>) {
    this.#values = values
  }

  static is(value: unknown): value is Attributes {
    return typeof value === 'object' && value !== null && #values in value
  }

  /** As text, each with a space before it, for this element. */
  textFor(tag: string): string {
    return Object.entries(this.#values)
      .map(([name, value]) => attributeText(tag, name, value))
      .join('')
  }
}

/**
 * Attributes by name: text is escaped and quoted, `true` is the name alone, `false`, null and undefined are left out, an
 * address that would run something is replaced. Throws a Problem `unsafe-html` for a name that is none, and for one
 * whose value is a script, a style, a page, or the address of what the page loads (`onclick`, `style`, `srcdoc`, the `src`
 * of a script or a frame), unless that is of `addressFrom`.
 */
export const attributes = (values: Readonly<Record<string, AttributeValue>>): Attributes =>
  new Attributes({ ...values })

function attributeText(tag: string, name: string, value: AttributeValue): string {
  if (!/^[a-z][\w:.-]*$/i.test(name)) throw refused(name, 'It is no name of an attribute.')
  if (value === false || value === null || value === undefined) return ''
  const kind = attributeKind(tag, name)
  if (OriginAddress.is(value)) return ` ${name}="${escapeHtml(String(value))}"`
  if (kind === 'script' || kind === 'style' || kind === 'document' || kind === 'loaded')
    throw refused(name, 'Write it in the template, where its value can be seen.')
  if (value === true) return ` ${name}`
  const text = String(value)
  const isSafe = kind === 'text' || checks[kind](text)
  return ` ${name}="${escapeHtml(isSafe ? text : REFUSED)}"`
}

const checks = { address: isAddress, addresses: areAddresses, refresh: isRefresh }

const refused = (name: string, hint: string): Problem =>
  new Problem('unsafe-html', { message: `The attribute '${name.slice(0, 40)}' cannot be given by attributes()`, hint })
