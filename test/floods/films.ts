import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** Somebody who sends films to the app in `films/`, and fetches them, without ever holding one. */
export interface Sender {
  /** Makes a row that has no film yet; its path. */
  make(): Promise<string>
  /** The answers below are the SHA-256 of a film: as the server tells it of what it took, or of the bytes that it gave. */
  put(path: string, megabytes: number): Promise<string>
  /** Begins an upload and sends all but its last megabyte, in so many requests; where it goes on. */
  begin(path: string, megabytes: number, requests: number): Promise<string>
  /** Sends the last megabyte, with which the server puts all parts together. */
  finish(path: string, upload: string, megabytes: number): Promise<string>
  get(path: string, how?: Fetching): Promise<string>
}

export interface Fetching {
  /** From this megabyte on, by `Range`. */
  readonly from?: number
  /** With rests, in which nothing is read. */
  readonly slowly?: boolean
}

const megabyte = 1_000_000
/** Bytes after which a slow one rests, and for how many milliseconds. */
const stretch = 16 * megabyte
const rest = 100

/** A film, made as it is asked for: each megabyte says which it is, the rest of it is nothing. */
function* film(from: number, to: number): Generator<Buffer> {
  for (let n = from; n < to; n++) {
    const piece = Buffer.alloc(megabyte)
    if (n === 0) piece.write('\0\0\0\x18ftypisom\0\0\x02\0isomiso2', 'latin1')
    else piece.writeUInt32BE(n)
    yield piece
  }
}

/** The SHA-256 of those megabytes of a film. */
export function digestOf(from: number, to: number): string {
  const hash = createHash('sha256')
  for (const piece of film(from, to)) hash.update(piece)
  return hash.digest('hex')
}

export async function senderTo(url: string): Promise<Sender> {
  const post = async (path: string, json: object, headers: Headers = {}) => {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(json),
    })
    if (!answer.ok) throw new Error(`POST ${path} answers ${answer.status}: ${await answer.text()}`)
    return Object(await answer.json())
  }
  const { token } = await post('/auth/register', { email: 'ada@films.example', password: 'a long enough passphrase' })
  const headers = { Authorization: `Bearer ${token}` }
  const tus = { ...headers, 'Tus-Resumable': '1.0.0' }
  const patch = (upload: string, from: number, to: number) =>
    send(`${url}${upload}`, 'PATCH', [from, to], {
      ...tus,
      'Upload-Offset': String(from * megabyte),
      'Content-Type': 'application/offset+octet-stream',
    })
  return {
    make: async () => `/films/${(await post('/films', {}, headers)).id}/video`,
    async put(path, megabytes) {
      const said = await send(url + path, 'PUT', [0, megabytes], { ...headers, 'Content-Type': 'video/mp4' })
      return JSON.parse(said).sha256
    },
    async begin(path, megabytes, requests) {
      const begun = await fetch(`${url}${path}/uploads`, {
        method: 'POST',
        headers: { ...tus, 'Upload-Length': String(megabytes * megabyte) },
      })
      const upload = begun.headers.get('location')
      if (upload === null) throw new Error(`POST ${path}/uploads answers ${begun.status}: ${await begun.text()}`)
      const each = Math.ceil((megabytes - 1) / requests)
      for (let from = 0; from < megabytes - 1; from += each)
        await patch(upload, from, Math.min(from + each, megabytes - 1))
      return upload
    },
    async finish(path, upload, megabytes) {
      await patch(upload, megabytes - 1, megabytes)
      const row = await fetch(url + path.replace(/\/video$/, ''), { headers })
      return Object(await row.json()).video?.sha256
    },
    get: (path, { from, slowly = false } = {}) =>
      fetched(
        url + path,
        { ...headers, ...(from !== undefined && { Range: `bytes=${from * megabyte}-` }) },
        { status: from === undefined ? 200 : 206, slowly },
      ),
  }
}

type Headers = Readonly<Record<string, string>>

async function send(
  url: string,
  method: string,
  [from, to]: readonly [number, number],
  headers: Headers,
): Promise<string> {
  const asked = request(url, { method, headers: { ...headers, 'Content-Length': (to - from) * megabyte } })
  const answered = new Promise<string>((resolve, reject) => {
    asked.once('error', reject)
    asked.once('response', async (response) => {
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) text += chunk
      if (response.statusCode === 200 || response.statusCode === 204) resolve(text)
      else reject(new Error(`${method} ${url} answers ${response.statusCode}: ${text}`))
    })
  })
  const [said] = await Promise.all([answered, pipeline(Readable.from(film(from, to), { objectMode: false }), asked)])
  return said
}

function fetched(url: string, headers: Headers, { status, slowly }: { status: number; slowly: boolean }) {
  return new Promise<string>((resolve, reject) => {
    const asked = request(url, { headers }, async (response) => {
      try {
        if (response.statusCode !== status) throw new Error(`GET ${url} answers ${response.statusCode}`)
        const hash = createHash('sha256')
        let taken = 0
        for await (const chunk of response) {
          hash.update(chunk)
          const before = taken
          taken += chunk.length
          if (slowly && Math.floor(taken / stretch) > Math.floor(before / stretch)) await sleep(rest)
        }
        resolve(hash.digest('hex'))
      } catch (error) {
        reject(error)
      }
    })
    asked.once('error', reject)
    asked.end()
  })
}
