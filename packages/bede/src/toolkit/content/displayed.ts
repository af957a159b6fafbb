/** What a browser shows and never runs, even where it does not heed a word of the answer's headers. */
const displayed: readonly string[] = [
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/bmp',
  'audio/mpeg',
  'audio/aac',
  'audio/flac',
  'audio/wav',
  'audio/ogg',
  'audio/mp4',
  'video/mp4',
  'video/webm',
  'video/ogg',
  'video/quicktime',
]

/** Whether a file of this type may be shown where it is opened. Anything else is saved: SVG, HTML, XML and PDF among it. */
export const isDisplayed = (type: string): boolean => displayed.includes(type)
