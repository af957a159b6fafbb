import type {
  CompiledOperation,
  EventDefinition,
  Exclusive,
  FileAccess,
  HttpBinding,
  InvokeOperation,
  MediaDefinition,
  NestedWrite,
  Operation,
  ResponseDefinition,
  UploadDefinition,
} from '../manifest.ts'
import { byKind, closed, type Form, flag, is, list, map, oneOf, positive, ref, text, texts } from './form.ts'

type RowFile = Exclude<FileAccess, { does: 'signed' }>

const auth = oneOf(['required', 'optional'])
const base = {
  http: ref('http'),
  summary: text,
  exclusive: ref('exclusive'),
  personal: flag,
  stepUp: positive,
  scope: text,
  cost: positive,
  limits: list(ref('operationLimits')),
}

const compiled = (kind: CompiledOperation['kind']): Form =>
  closed<CompiledOperation>(
    { kind: is(kind), auth, input: ref('inputs') },
    {
      ...base,
      write: ref('write'),
      answers: ref('shape'),
      requireMatch: flag,
      nested: map(ref('nested')),
      cache: closed<{ for: number }>({ for: positive }, {}),
    },
  )

export const operations: Readonly<Record<string, Form>> = {
  operation: byKind<Operation['kind']>({
    read: compiled('read'),
    write: compiled('write'),
    invoke: closed<InvokeOperation>(
      { kind: is('invoke'), auth, input: ref('inputs') },
      {
        ...base,
        allow: ref('expr'),
        files: map(ref('upload')),
        output: ref('input'),
        produces: text,
        also: map(ref('media')),
        responses: map(ref('response')),
        sensitive: flag,
        moves: flag,
        isolation: is('serializable'),
        file: ref('fileAccess'),
      },
    ),
  }),
  upload: closed<UploadDefinition>(
    { types: texts, max: positive, pixels: positive },
    { optional: flag, many: positive },
  ),
  response: closed<ResponseDefinition>(
    {},
    { output: ref('input'), produces: text, also: map(ref('media')), headers: ref('inputs'), description: text },
  ),
  media: closed<MediaDefinition>({}, { output: ref('input') }),
  fileAccess: {
    oneOf: [
      closed<RowFile>(
        { does: oneOf(['get', 'put', 'delete', 'begin', 'find', 'append', 'abandon']), model: text, field: text },
        {},
      ),
      closed<Extract<FileAccess, { does: 'signed' }>>({ does: is('signed') }, {}),
    ],
  },
  http: closed<HttpBinding>(
    {
      method: oneOf(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
      path: { type: 'string', pattern: '^/' },
      params: map(ref('path')),
      query: map(ref('path')),
    },
    {
      status: { type: 'integer', minimum: 200, maximum: 599 },
      repeated: texts,
      headers: map(ref('path')),
      accepts: texts,
      body: texts,
      cookies: map(ref('path')),
      deprecated: closed<NonNullable<HttpBinding['deprecated']>>(
        { since: ref('day') },
        { sunset: ref('day'), link: text },
      ),
      patch: flag,
      location: { type: 'string', pattern: '^/' },
    },
  ),
  nested: closed<NestedWrite>(
    {},
    {
      create: ref('operation'),
      update: ref('operation'),
      delete: ref('operation'),
      created: map(ref('nested')),
      changed: map(ref('nested')),
    },
  ),
  exclusive: closed<Exclusive>({ group: text }, { keys: list(ref('expr')), wait: is(false) }),
  day: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}$' },
  event: closed<EventDefinition>({ name: text, payload: ref('inputs') }, {}),
}
