import type { JsonSchema } from '../../expr/value.ts'
import { patternMistake } from './pattern.ts'
import { type Verifying, wrong } from './report.ts'

/** What a json value must look like: its patterns are run on what callers send, and it is whole without the network. */
export function verifyDocument(verifying: Verifying, place: string, schema: JsonSchema): void {
  const search = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [keyword, content] of Object.entries(value)) {
      if (keyword === 'const' || keyword === 'enum' || keyword === 'default' || keyword === 'examples') continue
      const patterns =
        keyword === 'pattern' && typeof content === 'string'
          ? [content]
          : keyword === 'patternProperties' && typeof content === 'object' && content !== null
            ? Object.keys(content)
            : []
      for (const pattern of patterns) {
        const mistake = patternMistake(pattern)
        if (mistake) verifying.add(place, mistake)
      }
      if (keyword === '$ref' && typeof content === 'string' && !content.startsWith('#'))
        verifying.add(
          place,
          wrong('invalid-declaration', `The schema names ${content}, which is not in it`, 'Write it out under $defs.'),
        )
      search(content)
    }
  }
  search(schema)
}
