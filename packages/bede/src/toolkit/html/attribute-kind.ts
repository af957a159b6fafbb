/**
 * What an attribute does with its value (WHATWG HTML, index of attributes): shows it, goes there, loads into the page what
 * is there, reads it as a page, or runs it.
 */
export type AttributeKind = 'text' | 'address' | 'addresses' | 'loaded' | 'refresh' | 'document' | 'script' | 'style'

const addresses: ReadonlySet<string> = new Set(
  'href src action formaction poster cite data background xlink:href ping manifest longdesc icon codebase profile'.split(
    ' ',
  ),
)
const lists: ReadonlySet<string> = new Set(['srcset', 'imagesrcset'])

/**
 * What these load runs in the page, styles it, stands in it as a page of its own, or decides from where everything else is
 * loaded: whose it is, is for the page to say.
 */
const loaded: ReadonlySet<string> = new Set([
  'script src',
  'script href',
  'script xlink:href',
  'object data',
  'embed src',
  'base href',
  'link href',
  'iframe src',
  'frame src',
  'portal src',
  'fencedframe src',
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
  if (loaded.has(`${element} ${name}`)) return 'loaded'
  if (lists.has(name) || (animations.has(element) && animated.has(name))) return 'addresses'
  if (addresses.has(name)) return 'address'
  return element === 'meta' && name === 'content' ? 'refresh' : 'text'
}
