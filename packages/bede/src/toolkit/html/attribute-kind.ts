/**
 * What an attribute does with its value (WHATWG HTML, index of attributes): shows it, goes there, loads code from there,
 * reads it as a page, or runs it.
 */
export type AttributeKind = 'text' | 'address' | 'addresses' | 'code' | 'refresh' | 'document' | 'script' | 'style'

const addresses: ReadonlySet<string> = new Set(
  'href src action formaction poster cite data background xlink:href ping manifest longdesc icon codebase profile'.split(
    ' ',
  ),
)
const lists: ReadonlySet<string> = new Set(['srcset', 'imagesrcset'])

/** What these load runs in the page, or decides from where everything else is loaded. */
const code: ReadonlySet<string> = new Set([
  'script src',
  'script href',
  'script xlink:href',
  'object data',
  'embed src',
  'base href',
])

/** Elements of SVG that write their values into another attribute, a link among them. */
const animations: ReadonlySet<string> = new Set(['animate', 'set', 'animatetransform', 'animatemotion'])
const animated: ReadonlySet<string> = new Set(['to', 'from', 'by', 'values'])

/** Names in any case. */
export function attributeKind(tag: string, attribute: string): AttributeKind {
  const element = tag.toLowerCase()
  const name = attribute.toLowerCase()
  if (name.startsWith('on')) return 'script'
  if (name === 'style') return 'style'
  if (name === 'srcdoc') return 'document'
  if (code.has(`${element} ${name}`)) return 'code'
  if (lists.has(name) || (animations.has(element) && animated.has(name))) return 'addresses'
  if (addresses.has(name)) return 'address'
  return element === 'meta' && name === 'content' ? 'refresh' : 'text'
}
