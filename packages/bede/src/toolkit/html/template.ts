import { type AttributeKind, attributeKind } from './attribute-kind.ts'
import { misplaced } from './misplaced.ts'

/** Where a value goes. `title`: the text of a `<title>` or `<textarea>`, which holds no elements. */
export type Place = 'text' | 'title' | 'attribute' | 'attributes' | 'script' | 'style' | 'document'

/** A value of the template, by its number. */
export interface Hole {
  readonly hole: number
  readonly place: Place
  /** The element, in small letters. */
  readonly tag: string
}

/** The whole value of an attribute that holds an address: what it is can be said of all its parts together only. */
export interface AddressPart {
  readonly address: readonly (string | number)[]
  readonly kind: 'address' | 'addresses' | 'loaded' | 'refresh'
}

export type Piece = string | Hole | AddressPart

type State =
  | 'text'
  | 'open'
  | 'tag'
  | 'between'
  | 'name'
  | 'equals'
  | 'quoted'
  | 'bare'
  | 'comment'
  | 'declaration'
  | 'raw'

/** ASCII whitespace, and no other (WHATWG Infra §4.6): a space that does not break the line is a part of a name. */
const isSpace = (char: string): boolean => /[\t\n\f\r ]/.test(char)
const endsName = (char: string): boolean => char === '/' || isSpace(char)

/** Their content is text up to their end tag (WHATWG HTML §13.2.5.2 to §13.2.5.5). */
const raw: ReadonlySet<string> = new Set('script style title textarea xmp iframe noembed noframes plaintext'.split(' '))

/**
 * The pieces of a template: its own text, and for each value the place it stands in, as the tokenizer of a browser
 * would find it (WHATWG HTML §13.2.5). Throws a Problem `unsafe-html` where a value cannot be made safe, and where the
 * text ends inside a tag, so that what comes after it would be read as part of the tag.
 */
export function readTemplate(strings: readonly string[]): readonly Piece[] {
  const reader = new TemplateReader()
  for (const [index, text] of strings.entries()) {
    reader.read(text)
    if (index < strings.length - 1) reader.value(index)
  }
  return reader.end()
}

class TemplateReader {
  readonly #pieces: Piece[] = []
  #state: State = 'text'
  #literal = ''
  /** Everything read so far, for messages. */
  #read = ''
  #tag = ''
  #closing = false
  #attribute = ''
  #quote = ''
  #address: (string | number)[] | undefined
  #kind: AttributeKind = 'text'
  /** A value has just been put between the attributes. */
  #afterValue = false

  read(text: string): void {
    for (let at = 0; at < text.length; at++) {
      const char = text[at] ?? ''
      this.#read += char
      if (this.#afterValue && char === '=') throw this.#mistake('as the name of an attribute', nameHint)
      this.#afterValue = false
      if (this.#state === 'quoted' && char === this.#quote) this.#closeAddress()
      this.#literal += char
      this.#state = this[this.#state](char)
    }
  }

  value(hole: number): void {
    const place = this.#place()
    const kind = this.#kind
    if (
      this.#state === 'quoted' &&
      (kind === 'address' || kind === 'addresses' || kind === 'loaded' || kind === 'refresh')
    ) {
      this.#address ??= []
      this.#address.push(this.#literal, hole)
      this.#literal = ''
    } else {
      this.#flush()
      this.#pieces.push({ hole, place, tag: this.#tag })
    }
    this.#afterValue = place === 'attributes'
    // The name of an attribute before it has nothing to do with a `=` behind it.
    if (this.#afterValue) this.#attribute = ''
    this.#read += '…'
  }

  end(): readonly Piece[] {
    if (this.#state !== 'text') {
      throw misplaced(
        'at the end of a part that is not finished',
        'Close every tag, quote, comment, script and style in the template that opens it.',
        this.#read,
      )
    }
    this.#flush()
    return this.#pieces
  }

  text(char: string): State {
    return char === '<' ? 'open' : 'text'
  }

  open(char: string): State {
    this.#closing = false
    if (/[a-z]/i.test(char)) return this.#beginTag(char)
    if (char === '/') {
      this.#closing = true
      this.#tag = ''
      return 'tag'
    }
    if (char === '!' || char === '?') return 'declaration'
    return char === '<' ? 'open' : 'text'
  }

  #beginTag(char: string): State {
    this.#tag = char.toLowerCase()
    return 'tag'
  }

  tag(char: string): State {
    if (char === '>') return this.#closeTag()
    if (endsName(char)) return this.#tag === '' ? 'declaration' : 'between'
    this.#tag += char.toLowerCase()
    return 'tag'
  }

  between(char: string): State {
    if (char === '>') return this.#closeTag()
    if (endsName(char)) return 'between'
    if (char === '=' && this.#attribute !== '') return 'equals'
    this.#attribute = char
    return 'name'
  }

  name(char: string): State {
    if (char === '>') return this.#closeTag()
    if (char === '=') return 'equals'
    if (endsName(char)) return 'between'
    this.#attribute += char
    return 'name'
  }

  equals(char: string): State {
    if (isSpace(char)) return 'equals'
    if (char === '>') return this.#closeTag()
    if (char !== '"' && char !== "'") return 'bare'
    this.#quote = char
    this.#kind = attributeKind(this.#tag, this.#attribute)
    if (this.#kind === 'text') return 'quoted'
    this.#flush()
    return 'quoted'
  }

  quoted(char: string): State {
    if (char !== this.#quote) return 'quoted'
    this.#attribute = ''
    return 'between'
  }

  bare(char: string): State {
    if (char === '>') return this.#closeTag()
    if (!isSpace(char)) return 'bare'
    this.#attribute = ''
    return 'between'
  }

  comment(char: string): State {
    return char === '>' && this.#read.endsWith('-->') ? 'text' : 'comment'
  }

  declaration(char: string): State {
    if (char === '-' && this.#read.endsWith('<!--')) return 'comment'
    return char === '>' ? 'text' : 'declaration'
  }

  raw(char: string): State {
    const end = `</${this.#tag}${char}`
    if ((char !== '>' && !endsName(char)) || this.#read.slice(-end.length).toLowerCase() !== end) return 'raw'
    this.#closing = true
    return char === '>' ? this.#closeTag() : 'between'
  }

  #closeTag(): State {
    this.#attribute = ''
    return !this.#closing && raw.has(this.#tag) ? 'raw' : 'text'
  }

  #closeAddress(): void {
    if (!this.#address) return
    this.#address.push(this.#literal)
    this.#literal = ''
    const kind = this.#kind
    if (kind === 'address' || kind === 'addresses' || kind === 'loaded' || kind === 'refresh') {
      this.#pieces.push({ address: this.#address, kind })
    }
    this.#address = undefined
  }

  #flush(): void {
    if (this.#literal !== '') this.#pieces.push(this.#literal)
    this.#literal = ''
  }

  #place(): Place {
    switch (this.#state) {
      case 'text':
        return 'text'
      case 'between':
        if (/["']$/.test(this.#read))
          throw this.#mistake('right after the value of an attribute', 'Put a space before it.')
        return 'attributes'
      case 'quoted':
        if (this.#kind === 'script') throw this.#mistake(`in the script of ${this.#attribute}`, scriptHint)
        if (this.#kind === 'style') throw this.#mistake('in a style', styleHint)
        return this.#kind === 'document' ? 'document' : 'attribute'
      case 'equals':
      case 'bare':
        throw this.#mistake('as the value of an attribute without quotes', `Write ${this.#attribute}="\${…}".`)
      case 'open':
      case 'tag':
        throw this.#mistake('as the name of an element', nameHint)
      case 'name':
        throw this.#mistake('in the name of an attribute', nameHint)
      case 'comment':
      case 'declaration':
        throw this.#mistake('in a comment', 'Leave it out, or put it into the text.')
      case 'raw':
        if (this.#tag === 'script' || this.#tag === 'style') return this.#tag
        if (this.#tag === 'title' || this.#tag === 'textarea') return 'title'
        throw this.#mistake(`in <${this.#tag}>`, 'Its content is read in no way that can be escaped.')
    }
  }

  #mistake(where: string, hint: string): Error {
    return misplaced(where, hint, this.#read)
  }
}

const nameHint =
  'Names of elements and attributes stand in the template. For attributes that differ: attributes({ name: value }).'
const scriptHint =
  'Put the value into a data attribute, which a script reads, or into <script type="application/json"> with scriptData(value).'
const styleHint = 'Choose a class in the template instead.'
