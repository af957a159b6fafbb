import assert from 'node:assert/strict'
import { serviceKey } from './support/relay.ts'
import { relayOnBothStores, test } from './support/relay-siege.ts'

/** Section H of the attack classes: what a backend can be made to call. */

await relayOnBothStores('outbound requests', (siege) => {
  test('class 104: no notation of an address leads inside, given by a caller or taken from what the app may call', async () => {
    const { kept, inside } = siege()
    const { port } = inside
    const hosts = [
      '127.0.0.1', '127.1', '127.0.1', '0x7f.1', '0x7f000001', '2130706433', '017700000001', '0177.0.0.01', '127.0.0.1.',
      '①②⑦.⓪.⓪.①', '１２７。０。０。１', '%31%32%37.0.0.1', '0', '0.0.0.0', '[::1]', '[::]', '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]', '[::127.0.0.1]', '[0:0:0:0:0:ffff:7f00:1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]', '[fe80::1]',
      '[fe80::1%25lo]', '169.254.169.254', '0xa9fea9fe', '2852039166', '[::ffff:169.254.169.254]', '[fd00:ec2::254]',
      '100.100.100.200', '10.0.0.5', '192.168.0.1', '172.16.0.1', '100.64.0.1', '224.0.0.1', '255.255.255.255', 'localhost',
      'LOCALHOST', 'localhost.', 'a.localhost', 'ⓛocalhost', 'router.local', 'metadata.google.internal', 'metadata', 'host.lan',
    ] // biome-ignore format: a list of hosts
    for (const host of hosts) {
      await kept('destination-refused', '/preview', `http://${host}/latest/meta-data/`)
      await kept('destination-refused', '/ask', `http://${host}:${port}/`)
    }
    for (const address of [
      `http://127.0.0.1:${port}/`, `http://user:pass@127.0.0.1/`, `http://1.1.1.1:${port}/`, 'http://1.1.1.1:22/',
      'https://1.1.1.1:8443/', 'http://1.1.1.1@127.0.0.1/', 'http://127.0.0.1\\@1.1.1.1/', `http://1.1.1.1#@127.0.0.1:${port}/x`.replace('1.1.1.1#', '1.1.1.1:1#'),
      `//127.0.0.1:${port}/`, 'file:///etc/passwd', 'gopher://127.0.0.1/_x', 'dict://127.0.0.1/', 'ftp://1.1.1.1/',
      'unix:/var/run/docker.sock', 'data:text/plain,x', 'blob:x', 'http:', 'http://', `\thttp://127.0.0.1:${port}/\n`, '',
    ]) // biome-ignore format: a list of addresses
      await kept('destination-refused', '/preview', address)
  })

  test('class 104: what the place names for the app is not for callers', async () => {
    const { kept, own, ask } = siege()
    const before = own.connections
    for (const address of [own.origin, `http://own.test:${own.port}/`, `http://own.test/`, `http://127.1:${own.port}/`])
      await kept('destination-refused', '/preview', address)
    assert.equal(own.connections, before)
    const answer = await ask('POST', '/ask', { as: 'ada', json: { address: `http://127.1:${own.port}/` } })
    assert.deepEqual([answer.status, answer.json], [200, { status: 200, bytes: 3 }])
  })

  test('class 105: no redirect leads inside, by any status and any notation', async () => {
    const { kept, own, inside } = siege()
    for (const status of [301, 302, 303, 307, 308]) {
      for (const to of [
        inside.origin, `//127.0.0.1:${inside.port}/`, `http://127.1:${inside.port}`, `http://[::ffff:7f00:1]:${inside.port}`,
        'http://169.254.169.254/latest/', 'file:///etc/passwd', 'http://localhost/', 'http://unnamed.example.com/', 'http://',
      ]) // biome-ignore format: a list of addresses
        await kept('destination-refused', '/ask', `${own.origin}/to${status}?${encodeURIComponent(to)}`)
    }
    await kept(
      'destination-refused',
      '/ask',
      `${own.origin}/to302?${encodeURIComponent(`${own.origin}/to302?${encodeURIComponent(inside.origin)}`)}`,
    )
    await kept('upstream-failed', '/ask', `${own.origin}/to302`)
  })

  test('class 106: a name with one address inside is refused, and is asked for once for each connection', async () => {
    const { kept, names, looked, own, ask } = siege()
    for (const inner of [
      '127.0.0.1',
      '10.0.0.1',
      '::1',
      '::ffff:127.0.0.1',
      '169.254.169.254',
      'fd00:ec2::254',
      '64:ff9b::1',
    ]) {
      names.set('two.example.com', [['93.184.216.34', inner]])
      await kept('destination-refused', '/preview', 'http://two.example.com/')
      names.set('named.example.com', [['93.184.216.34', inner]])
      await kept('destination-refused', '/ask', 'https://named.example.com/')
      names.set('plain.example.com', [[inner, '93.184.216.34']])
      await kept('destination-refused', '/ask', 'http://plain.example.com/')
    }
    names.set('many.example.com', [Array.from({ length: 1000 }, (_, n) => `93.184.${n >> 8}.${n & 255}`)])
    await kept('destination-refused', '/preview', 'http://many.example.com/')
    await kept('destination-refused', '/preview', 'http://nobody.example.com/')
    // What was answered is what is connected to: the second answer has nobody who could hear it.
    names.set('own.test', [['127.0.0.1'], ['203.0.113.1']])
    looked.length = 0
    const answer = await ask('POST', '/ask', { as: 'ada', json: { address: `http://own.test:${own.port}/` } })
    assert.deepEqual([answer.status, looked], [200, ['own.test']])
    assert.ok(siege().heard.at(-1)?.includes(`"host":"own.test:${own.port}"`))
  })

  test('class 107: an address in an account is looked at by nobody, and fetched by no way that leads inside', async () => {
    const { ask, refused, inside, ids } = siege()
    const avatar = `http://127.0.0.1:${inside.port}/avatar.png`
    const changed = await ask('PATCH', `/users/${ids.ada}`, { as: 'ada', json: { avatar } })
    assert.equal(changed.status, 200, changed.text)
    assert.equal((await ask('GET', '/auth/me', { as: 'ada' })).json.avatar, avatar)
    await refused(422, 'POST', '/own-picture', { as: 'ada' })
    assert.equal(inside.connections, 0)
  })

  test('class 108: a feature that fetches tells nothing of what is inside: nobody, somebody and no such name are one', async () => {
    const { refused, inside, names } = siege()
    names.set('inner.example.com', [['10.1.2.3']])
    const said = new Set<string>()
    for (const address of [
      'http://inner.example.com/',
      'http://no-such.example.com/',
      'http://127.0.0.1/',
      'http://localhost/',
    ]) {
      const { json } = await refused(422, 'POST', '/preview', { as: 'ada', json: { address } })
      said.add(JSON.stringify({ ...json, requestId: '' }))
    }
    assert.equal(said.size, 1)
    assert.equal(inside.connections, 0)
  })

  test('class 109: an answer without end, bounds or sense ends where the limits are', async () => {
    const { kept, hostile } = siege()
    const held = process.memoryUsage().arrayBuffers
    for (const path of [
      'endless', 'chunks', 'headers', 'announced', 'gzip', 'brotli', 'twice', 'unasked', 'broken', 'short', 'two', 'both',
      'garbage', 'upgrade', 'nothing',
    ]) // biome-ignore format: a list of paths
      await kept('upstream-failed', '/ask', `${hostile.origin}/${path}`)
    const grown = process.memoryUsage().arrayBuffers - held
    assert.ok(grown < 20 * 1024 * 1024, `${grown} bytes are held`)
  })

  test('class 109: an answer that does not come, or not to its end, is not waited for', async () => {
    const { kept, hostile } = siege()
    for (const path of ['silent', 'slow', 'informing'])
      await kept('upstream-timeout', '/ask', `${hostile.origin}/${path}`)
  })

  test('class 110: no credential and no body follows a redirect to another of its own services, and none is told or logged', async () => {
    const { own, hostile, heard, kept, lines } = siege()
    const elsewhere = encodeURIComponent(`${hostile.origin}/short`)
    const before = hostile.connections
    for (const status of [301, 302, 303, 307, 308]) {
      for (const path of ['/ask', '/send']) {
        heard.length = 0
        await kept('destination-refused', path, `${own.origin}/to${status}?${elsewhere}`)
        assert.ok(heard.length === 1 && heard[0]?.includes(serviceKey))
      }
    }
    assert.equal(hostile.connections, before)
    await kept('upstream-failed', '/ask', `${hostile.origin}/broken`)
    assert.ok(
      lines.some((line) => line.includes(hostile.origin)),
      'the log says which service it was',
    )
    assert.ok(!lines.join('\n').includes(serviceKey))
  })
})
