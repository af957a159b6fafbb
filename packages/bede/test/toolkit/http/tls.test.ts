import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { isProblem } from '../../../src/telemetry/problem.ts'
import { caller } from '../support/peers.ts'

/** A certificate for `secure.test`, made now; undefined where there is no openssl. */
function certificate(): { readonly key: string; readonly cert: string } | undefined {
  const words = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=secure.test'
  const made = spawnSync(
    'openssl',
    [...words.split(' '), '-addext', 'subjectAltName=DNS:secure.test', '-keyout', '-', '-out', '-'],
    { encoding: 'utf8' },
  )
  if (made.status !== 0) return undefined
  const part = (name: string) =>
    new RegExp(`-----BEGIN ${name}-----[^]*?-----END ${name}-----`).exec(made.stdout)?.[0] ?? ''
  return { key: part('PRIVATE KEY'), cert: part('CERTIFICATE') }
}

const made = certificate()

test('the other side is greeted by its name, and has to prove it', {
  skip: made ? false : 'there is no openssl',
}, async () => {
  const { key, cert } = made ?? assert.fail()
  const names: (string | false | null)[] = []
  const server = createServer({ key, cert }, (request, response) => {
    names.push((request.socket as unknown as { servername: string | false | null }).servername)
    response.end(request.headers.host)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const place = (name: string) => `${name}:${port}`
  const options = {
    private: [place('secure.test'), place('other.test'), `127.0.0.1:${port}`],
    resolve: async () => ['127.0.0.1'],
  }
  const trusting = caller({ ...options, ca: cert })
  const answer = await trusting.http.get(`https://${place('secure.test')}/`)
  assert.equal(answer.text(), place('secure.test'))
  assert.deepEqual(names, ['secure.test'])
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
  // Somebody has switched checking off for the whole process; it stays on here.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  const usual = caller(options)
  for (const refused of [
    () => trusting.http.get(`https://${place('other.test')}/`),
    () => trusting.http.get(`https://127.0.0.1:${port}/`),
    () => usual.http.get(`https://${place('secure.test')}/`),
  ])
    await assert.rejects(refused(), (error) => isProblem(error) && error.code === 'upstream-failed')
  if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
  assert.equal(names.length, 1)
  trusting.close()
  usual.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
