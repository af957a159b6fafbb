import { find, stands, u32be } from './bytes.ts'

/** Bytes of a file's beginning that are enough to tell what it is. */
export const sniffedBytes = 4_096

/** What the bytes are when nothing says what they are. */
export const anything = 'application/octet-stream'
export const plainText = 'text/plain'

/** The first bytes of each type, at their place. Those that say more stand before those that say less. */
const signatures: readonly (readonly [type: string, letters: string, at?: number])[] = [
  ['image/png', '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', '\xff\xd8\xff'],
  ['image/gif', 'GIF87a'],
  ['image/gif', 'GIF89a'],
  ['application/pdf', '%PDF-'],
  ['audio/flac', 'fLaC'],
  ['audio/mpeg', 'ID3'],
  ['audio/mpeg', '\xff\xfb'],
  ['audio/mpeg', '\xff\xf3'],
  ['audio/mpeg', '\xff\xf2'],
  ['audio/aac', '\xff\xf1'],
  ['audio/aac', '\xff\xf9'],
  ['application/gzip', '\x1f\x8b\x08'],
  ['application/x-bzip2', 'BZh'],
  ['application/x-xz', '\xfd7zXZ\x00'],
  ['application/zstd', '\x28\xb5\x2f\xfd'],
  ['application/x-7z-compressed', '7z\xbc\xaf\x27\x1c'],
  ['application/vnd.rar', 'Rar!\x1a\x07'],
  ['application/x-tar', 'ustar', 257],
  ['font/woff', 'wOFF'],
  ['font/woff2', 'wOF2'],
  ['application/wasm', '\x00asm'],
  ['application/x-cfb', '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'],
  ['application/vnd.sqlite3', 'SQLite format 3\x00'],
  ['application/x-elf', '\x7fELF'],
  ['application/vnd.microsoft.portable-executable', 'MZ'],
  ['application/rtf', '{\\rtf'],
]

/** `RIFF` and four bytes of length, then what it holds. */
const inRiff: Readonly<Record<string, string>> = {
  WEBP: 'image/webp',
  WAVE: 'audio/wav',
  'AVI ': 'video/vnd.avi',
}

/** The brands of ISO base media files (ISO/IEC 14496-12 §4.3), from the one that says most. */
const brands: readonly (readonly [type: string, pattern: RegExp])[] = [
  ['image/avif', /^avi[fs]$/],
  ['image/heic', /^(?:hei[cxms]|hev[cx])$/],
  ['audio/mp4', /^M4[AB] $/],
  ['video/quicktime', /^qt {2}$/],
  ['video/3gpp', /^3g/],
  ['video/mp4', /^(?:iso\w|mp4[12]|avc1|dash|M4V |mmp4|f4v )$/],
]

/** Office Open XML (ISO/IEC 29500-2): a zip, with the folder that says of what. */
const inOffice: readonly (readonly [type: string, folder: string])[] = [
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'word/'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xl/'],
  ['application/vnd.openxmlformats-officedocument.presentationml.presentation', 'ppt/'],
]

/** Zips whose first entry is `mimetype`, which says it (ODF 1.3 part 2 §3.3, EPUB OCF 3.3 §4.3). */
const named = [
  'application/vnd.oasis.opendocument.text',
  'application/vnd.oasis.opendocument.spreadsheet',
  'application/vnd.oasis.opendocument.presentation',
  'application/epub+zip',
] as const

/** Texts that cannot be told from each other: whoever sends one may say which it is. */
export const textTypes: readonly string[] = [
  plainText,
  'text/csv',
  'text/markdown',
  'text/tab-separated-values',
  'text/calendar',
  'text/vcard',
  'application/json',
  'application/x-ndjson',
]

const marked = ['text/html', 'image/svg+xml', 'application/xml'] as const

/** Every type that can be told, or be said of a text. */
export const knownTypes: readonly string[] = [
  ...new Set([
    ...signatures.map(([type]) => type),
    ...Object.values(inRiff),
    ...brands.map(([type]) => type),
    ...inOffice.map(([type]) => type),
    ...named,
    'application/zip',
    'audio/ogg',
    'video/ogg',
    'video/webm',
    'video/matroska',
    'image/bmp',
    ...marked,
    ...textTypes,
    anything,
  ]),
]

/**
 * The media type of a file by its first bytes (as in WHATWG MIME Sniffing §6), never by its name or by what anybody
 * says of it. `whole`: there are no more bytes than these. Nothing is unpacked or decoded.
 */
export function sniff(head: Uint8Array, whole: boolean): string {
  for (const [type, letters, at] of signatures) if (stands(head, letters, at)) return type
  if (stands(head, 'RIFF')) return inRiff[latin(head, 8, 12)] ?? anything
  if (stands(head, 'ftyp', 4)) return ofBrand(head)
  if (stands(head, 'PK\x03\x04') || stands(head, 'PK\x05\x06')) return ofZip(head)
  if (stands(head, 'OggS')) return find(head, '\x80theora') >= 0 ? 'video/ogg' : 'audio/ogg'
  if (stands(head, '\x1a\x45\xdf\xa3')) return find(head, 'webm') >= 0 ? 'video/webm' : 'video/matroska'
  if (stands(head, 'BM') && stands(head, '\x00\x00\x00\x00', 6)) return 'image/bmp'
  const text = textOf(head, whole)
  return text === undefined ? anything : ofText(text)
}

const latin = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.subarray(from, to)).toString('latin1')

function ofBrand(head: Uint8Array): string {
  const end = Math.min(u32be(head, 0) ?? 0, head.length)
  const said = [latin(head, 8, 12)]
  for (let at = 16; at + 4 <= end; at += 4) said.push(latin(head, at, at + 4))
  const [type] = brands.find(([, pattern]) => said.some((brand) => pattern.test(brand))) ?? []
  return type ?? anything
}

function ofZip(head: Uint8Array): string {
  if (stands(head, 'mimetype', 30)) {
    const [type] = named.filter((one) => stands(head, `${one}PK`, 38))
    if (type !== undefined) return type
  }
  if (find(head, '[Content_Types].xml') < 0 && find(head, '_rels/.rels') < 0) return 'application/zip'
  const [type] = inOffice.find(([, folder]) => find(head, folder) >= 0) ?? []
  return type ?? 'application/zip'
}

/** The text, where these bytes are one in UTF-8 without control characters. */
function textOf(head: Uint8Array, whole: boolean): string | undefined {
  try {
    // The last letter may have been cut.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: !whole })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what no text holds is what tells it
    return /[\0-\x08\x0b\x0e-\x1f\x7f]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

/** What a browser takes for a page begins so (WHATWG MIME Sniffing §7.1). */
const page =
  /^<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p)[\s>]|^<!--(?!.*<svg)/is

/** What is not HTML, SVG or XML is text, and nothing tells a table from a poem. */
function ofText(text: string): string {
  const begun = text.trimStart()
  if (!begun.startsWith('<')) return plainText
  if (/<svg[\s>]/i.test(begun) && /^<(?:svg|\?xml|!--|!doctype svg)/i.test(begun)) return 'image/svg+xml'
  if (page.test(begun)) return 'text/html'
  if (/<html[\s>]/i.test(begun)) return 'text/html'
  return begun.startsWith('<?xml') ? 'application/xml' : plainText
}
