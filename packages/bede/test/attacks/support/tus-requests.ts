import assert from 'node:assert/strict'
import type { Answered, Name, Served } from './siege.ts'

type Bytes = Uint8Array | string
type Headers = Readonly<Record<string, string>>

/** The requests of a resumable upload as a client sends them, and as an attacker changes them. */
export function tusRequests({ ask }: Pick<Served, 'ask'>) {
  const tus = { 'Tus-Resumable': '1.0.0' }
  const begin = (as: Name | undefined, path: string, length: number | string, headers: Headers = {}) =>
    ask('POST', `${path}/uploads`, { as, headers: { ...tus, 'Upload-Length': String(length), ...headers } })
  const append = (
    as: Name | undefined,
    upload: string,
    offset: number | string,
    body: Bytes,
    headers: Headers = {},
  ): Promise<Answered> =>
    ask('PATCH', upload, {
      as,
      body: typeof body === 'string' ? body : new Uint8Array(body),
      headers: {
        ...tus,
        'Upload-Offset': String(offset),
        'Content-Type': 'application/offset+octet-stream',
        ...headers,
      },
    })
  return {
    begin,
    append,
    /** Begins one that has to be let through; where it goes on. */
    async begun(as: Name | undefined, path: string, length: number, headers: Headers = {}): Promise<string> {
      const answer = await begin(as, path, length, headers)
      assert.equal(answer.status, 201, answer.text)
      return answer.headers.get('location') ?? ''
    },
    head: (as: Name | undefined, upload: string) => ask('HEAD', upload, { as, headers: tus }),
    abandon: (as: Name | undefined, upload: string) => ask('DELETE', upload, { as, headers: tus }),
    /** Bytes that have come; undefined: there is no such upload. */
    async far(as: Name | undefined, upload: string): Promise<number | undefined> {
      const { status, headers } = await ask('HEAD', upload, { as, headers: tus })
      return status === 204 ? Number(headers.get('upload-offset')) : undefined
    },
  }
}
