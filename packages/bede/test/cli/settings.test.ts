import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { developmentSecrets, keptSecrets } from '../../src/cli/project/secret-file.ts'
import { type Circumstances, readSettings } from '../../src/cli/settings/settings.ts'
import { variables } from '../../src/cli/settings/variables.ts'
import { isProblem } from '../../src/telemetry/problem.ts'
import { bede, project } from './bede.ts'

type Words = Readonly<Record<string, string>>

/** What is refused, a line each: place and message. */
const refused = (environment: Words, options: Words = {}, circumstances: Circumstances = {}): readonly string[] => {
  try {
    readSettings(environment, options, circumstances)
  } catch (error) {
    assert.ok(isProblem(error))
    assert.equal(error.code, 'invalid-setting')
    for (const { hint = '' } of error.details) assert.match(hint, /\w/)
    return error.details.map(({ place, message }) => `${place}: ${message}`)
  }
  return []
}

test('without a word it listens where only this machine reaches it', () => {
  const nowhere = { host: '127.0.0.1', port: 3000, exposed: false }
  assert.deepEqual(readSettings({}).address, nowhere)
  assert.deepEqual(readSettings({ BEDE_HOST: '', PORT: '' }).address, nowhere)
})

test('an option goes before the environment', () => {
  const environment = { BEDE_HOST: '0.0.0.0', PORT: '80' }
  const chosen = { host: '::1', port: 0, exposed: true }
  assert.deepEqual(readSettings(environment, { host: '::1', port: '0' }).address, chosen)
  assert.deepEqual(readSettings(environment).address, { host: '0.0.0.0', port: 80, exposed: true })
})

test('a port that is none is refused', () => {
  for (const port of ['http', '-1', '65536', '1e3', '0x50', '80 ', '999999'])
    assert.match(refused({}, { port })[0] ?? '', /^--port: --port is a whole number from 0 to 65535/)
  assert.match(refused({ PORT: 'x' })[0] ?? '', /^PORT: PORT is/)
})

test('workers and connections: numbers that are none, and totals that do not go round', () => {
  const processors = () => 4
  const sharing = (options: Words, environment: Words = {}) =>
    readSettings(environment, options, { processors }).sharing
  for (const workers of ['0', '-1', '1.5', 'many', '257', '']) assert.equal(refused({}, { workers }).length, 1, workers)
  assert.match(refused({}, { workers: '4', connections: '7' })[0] ?? '', /7 connections are too few for 4 processes/)
  assert.deepEqual(sharing({}), { workers: 1, connections: 10 })
  assert.deepEqual(sharing({ workers: 'auto' }), { workers: 4, connections: 4 })
  assert.deepEqual(sharing({ workers: '2', connections: '41' }), { workers: 2, connections: 19 })
  assert.deepEqual(sharing({}, { BEDE_WORKERS: '8', BEDE_CONNECTIONS: '40' }), { workers: 8, connections: 4 })
})

test('spans, megabytes and lists are read into units', () => {
  const settings = readSettings({
    BEDE_DRAIN: '5s',
    BEDE_CACHE_MB: '2',
    BEDE_REPLICA_LAG: '1m',
    BEDE_DATABASE_REPLICAS: 'postgres://a/x, postgres://b/x',
  })
  assert.deepEqual([settings.drain, settings.cache], [5_000, 2 * 1024 * 1024])
  assert.deepEqual(settings.database, {
    url: undefined,
    replicas: ['postgres://a/x', 'postgres://b/x'],
    maxLag: 60_000,
  })
  assert.equal(readSettings({ BEDE_DRAIN: '0' }).drain, 0)
})

test('what was read does not change any more', () => {
  const settings = readSettings({})
  assert.throws(() => Object.assign(settings, { drain: 1 }), TypeError)
  assert.throws(() => Object.assign(settings.address, { port: 1 }), TypeError)
})

test('class 103: every mistake is told at once, each with its name and what to write, and no value is', () => {
  const wrong = {
    DATABASE_URL: 'postgres://canary-user:canary-password@',
    PORT: 'canary-port',
    BEDE_WORKERS: 'canary-workers',
    BEDE_DRAIN: 'canary-drain',
    BEDE_DATABASE_REPLICAS: 'postgres://canary:replica@host',
    BEDE_REPLICA_LAG: 'canary-lag',
    BEDE_CACHE_MB: 'canary-cache',
    BEDE_REDIS_URL: 'canary://redis:password@host',
    BEDE_SECRET: 'canary-secret',
    BEDE_SECRET_PREVIOUS: 'canary-one,canary-two',
    BEDE_CONECTIONS: 'canary-connections',
  }
  const told = refused(wrong)
  for (const name of Object.keys(wrong))
    assert.ok(
      told.some((line) => line.startsWith(`${name}: `)),
      `${name} in ${told}`,
    )
  assert.equal(told.filter((line) => line.startsWith('BEDE_SECRET_PREVIOUS')).length, 2)
  assert.doesNotMatch(told.join('\n'), /canary/)
  const { folder, remove } = project()
  try {
    for (const words of [['start', '--embedded'], ['dev'], ['call', 'note.list'], ['migrate', 'status']]) {
      const { code, out, err } = bede(words, { folder, environment: wrong })
      assert.equal(code, 2, words.join(' '))
      assert.doesNotMatch(out + err, /canary/)
      for (const name of Object.keys(wrong)) assert.match(err, new RegExp(`\\b${name}\\b`), words.join(' '))
    }
  } finally {
    remove()
  }
})

test('production names no database by itself, and not two', () => {
  assert.match(refused({}, {}, { embedded: false })[0] ?? '', /There is no DATABASE_URL/)
  assert.match(
    refused({ DATABASE_URL: 'postgres://a/b' }, {}, { embedded: true })[0] ?? '',
    /Both DATABASE_URL and --embedded/,
  )
  assert.match(refused({}, { workers: '2' }, { embedded: true })[0] ?? '', /2 workers cannot share it/)
  assert.match(refused({ DATABASE_URL: '' })[0] ?? '', /DATABASE_URL is not the address/)
})

test('class 103: a misspelt name is refused with the one that was meant; what others set is let be', () => {
  assert.deepEqual(refused({ BEDE_SECRT: 'x' }), ['BEDE_SECRT: There is no setting BEDE_SECRT.'])
  assert.deepEqual(refused({ BEDE_SECRETS_PREVIOUS: 'x', BEDE_PORT: '80', BEDE_DATABASE_URL: 'x' }).length, 3)
  const kubernetes = {
    BEDE_SERVICE_HOST: '10.0.0.1',
    BEDE_SERVICE_PORT: '80',
    BEDE_SERVICE_PORT_HTTP: '80',
    BEDE_PORT: 'tcp://10.0.0.1:80',
    BEDE_PORT_80_TCP: 'tcp://10.0.0.1:80',
    BEDE_PORT_80_TCP_ADDR: '10.0.0.1',
  }
  assert.deepEqual(readSettings(kubernetes).unknown, [])
  assert.deepEqual(readSettings({ BEDE_OF_SOMEBODY_ELSE: 'x' }).unknown, ['BEDE_OF_SOMEBODY_ELSE'])
})

test('class 103: a weak secret is refused: short, of no known form, repeated, a sequence, a word, a published one', () => {
  const strong = randomBytes(32)
  for (const form of ['hex', 'base64', 'base64url'] as const) {
    assert.deepEqual(refused({ BEDE_SECRET: strong.toString(form) }), [], form)
    assert.deepEqual(refused({ BEDE_SECRET: `${strong.toString(form)}\n` }), [], `${form}, from a file`)
  }
  const bytes = (make: (at: number) => number, length = 32) => Buffer.from(Array.from({ length }, (_, at) => make(at)))
  const weak: Words = {
    'shorter than 32 bytes': strong.subarray(1).toString('hex'),
    'shorter than': 'x',
    'neither base64url nor hex': 'correct horse battery staple, correct horse battery staple',
    'repeats itself': Buffer.concat([strong.subarray(0, 16), strong.subarray(0, 16)]).toString('base64url'),
    repeats: Buffer.alloc(32).toString('hex'),
    'not random': bytes((at) => at).toString('base64'),
    random: bytes((at) => 255 - 3 * at).toString('hex'),
    'is not random': bytes((at) => Math.floor((at * at) / 5) % 13, 64).toString('hex'),
    'holds a word': `${strong.toString('base64url')}Secret`,
    'of one case': 'aslongaswewanttowriteitbutnobodyhasdrawnitfromanyhat',
    'everybody knows': '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
  }
  for (const [why, text] of Object.entries(weak)) {
    const [told = '', ...more] = refused({ BEDE_SECRET: text })
    assert.match(told, new RegExp(`^BEDE_SECRET: BEDE_SECRET .*${why}`), text)
    assert.deepEqual(more, [])
    assert.match(
      refused({ BEDE_SECRET: strong.toString('hex'), BEDE_SECRET_PREVIOUS: text })[0] ?? '',
      /^BEDE_SECRET_PREVIOUS: /,
    )
  }
  const current = strong.toString('hex')
  assert.match(
    refused({ BEDE_SECRET: current, BEDE_SECRET_PREVIOUS: strong.toString('base64url') })[0] ?? '',
    /twice, or the one that is current/,
  )
  assert.match(
    refused({ BEDE_SECRET_PREVIOUS: current })[0] ?? '',
    /BEDE_SECRET_PREVIOUS is set and BEDE_SECRET is not/,
  )
})

test('bede secrets new prints a secret that is accepted, and another one each time', () => {
  const [one, two] = [bede(['secrets', 'new']).out.trim(), bede(['secrets', 'new']).out.trim()]
  assert.notEqual(one, two)
  assert.deepEqual(refused({ BEDE_SECRET: one, BEDE_SECRET_PREVIOUS: two }), [])
})

test('development has a secret of its own, for its owner to read, and the same at each start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bede-secret-'))
  try {
    assert.equal(keptSecrets(folder), undefined)
    const made = developmentSecrets(folder)
    assert.deepEqual([developmentSecrets(folder), keptSecrets(folder)], [made, made])
    assert.deepEqual(refused({ BEDE_SECRET: made.current }), [])
    assert.equal(statSync(join(folder, '.bede/secret')).mode & 0o777, 0o600)
    writeFileSync(join(folder, '.bede/secret'), 'short')
    assert.throws(() => keptSecrets(folder), /cannot be used/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('nothing reads the environment but what reads the settings', () => {
  const source = fileURLToPath(new URL('../../src', import.meta.url))
  const readers = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (path) =>
      path.endsWith('.ts') && /process\.env\b|environment\.[A-Z]/.test(readFileSync(join(source, path), 'utf8')),
  )
  assert.deepEqual(readers, [join('cli', 'main.ts')])
})

test('the reference lists every variable that is read, and no other', () => {
  const document = readFileSync(new URL('../../../../docs/reference/configuration.md', import.meta.url), 'utf8')
  const [, table = ''] = /\| variable \| meaning \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(document) ?? []
  const listed = table
    .split('\n')
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name))
  assert.deepEqual(listed.sort(), [...variables].sort())
})
