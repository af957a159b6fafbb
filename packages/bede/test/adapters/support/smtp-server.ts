import type { AddressInfo } from 'node:net'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { cert, key } from './smtp-certificate.ts'

/** One mail as the server got it. */
export interface Arrived {
  readonly from: string
  readonly to: readonly string[]
  /** As it came over the wire. */
  readonly raw: string
  readonly mail: Email
  /** Over TLS, and as whom. */
  readonly secure: boolean
  readonly user: string | undefined
}

export interface TestSmtp {
  readonly port: number
  readonly arrived: Arrived[]
  /** What it answers instead of taking a recipient or a message, while it is set. */
  refuse: { readonly at: 'recipient' | 'message'; readonly code: number; readonly says: string } | undefined
  close(): Promise<void>
}

const problem = ({ code, says }: NonNullable<TestSmtp['refuse']>): Error =>
  Object.assign(new Error(says), { responseCode: code })

/** A real SMTP server on this machine, until the test ends; `port`: to come back where another one was. */
export async function smtpServer(
  t: { after(end: () => Promise<void>): void },
  { port = 0, ...options }: SMTPServerOptions & { readonly port?: number } = {},
): Promise<TestSmtp> {
  const arrived: Arrived[] = []
  const state: { refuse: TestSmtp['refuse'] } = { refuse: undefined }
  const server = new SMTPServer({
    key,
    cert,
    authOptional: true,
    disableReverseLookup: true,
    onRcptTo(_address, _session, done) {
      done(state.refuse?.at === 'recipient' ? problem(state.refuse) : null)
    },
    onData(stream, { envelope, secure, user }, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', async () => {
        if (state.refuse?.at === 'message') return done(problem(state.refuse))
        const bytes = Buffer.concat(chunks)
        arrived.push({
          from: envelope.mailFrom ? envelope.mailFrom.address : '',
          to: envelope.rcptTo.map(({ address }) => address),
          raw: bytes.toString('latin1'),
          mail: await PostalMime.parse(bytes),
          secure,
          user,
        })
        done()
      })
    },
    ...options,
  })
  server.on('error', () => {}) // a client that goes away in the middle is no failure of the test
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const { port: taken } = server.server.address() as AddressInfo
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => (closed ??= new Promise((resolve) => server.close(() => resolve())))
  t.after(close)
  return {
    port: taken,
    arrived,
    get refuse() {
      return state.refuse
    },
    set refuse(value) {
      state.refuse = value
    },
    close,
  }
}
