import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Backend, isProblem, start } from 'bede'
import app from '../app.ts'

let backend: Backend

before(async () => {
  // Without an address the database is in memory, and gone when it closes.
  backend = await start(app, { mode: 'development' })
})
after(() => backend.close())

/** Calls an operation as its HTTP route would, and gives what came back. */
async function call(operation: string, input: unknown, token?: string) {
  const actor = token === undefined ? null : await backend.authenticate(token)
  try {
    const { status, answer } = await backend.call(operation, input, actor)
    return { status, body: answer.kind === 'json' ? JSON.parse(answer.text) : null }
  } catch (error) {
    if (!isProblem(error)) throw error
    return { status: error.status, body: error.code }
  }
}

async function register(name: string): Promise<string> {
  const account = { email: `${name}@example.com`, password: `the password of ${name}`, name }
  const { body } = await call('auth.register', account)
  return body.token
}

test('a note is its author’s until it is shared, once', async () => {
  const [ann, bob] = [await register('ann'), await register('bob')]
  const { status, body: note } = await call('note.create', { data: { title: 'First' } }, ann)
  assert.equal(status, 201)
  assert.equal(note.author.name, 'ann')

  assert.equal((await call('note.get', { id: note.id }, bob)).status, 404)
  assert.equal((await call('share', { id: note.id }, bob)).status, 404)
  assert.deepEqual((await call('latest', {})).body, { notes: [] })

  assert.equal((await call('share', { id: note.id }, ann)).status, 204)
  assert.equal((await call('share', { id: note.id }, ann)).status, 409)
  assert.equal((await call('note.get', { id: note.id }, bob)).body.mine, false)
  assert.equal((await call('note.delete', { id: note.id }, bob)).status, 403)
})

test('nobody writes in another’s name', async () => {
  const ann = await register('anna')
  const forged = { title: 'Forged', authorId: '00000000-0000-7000-8000-000000000000' }
  assert.equal((await call('note.create', { data: forged }, ann)).status, 400)
  assert.equal((await call('note.create', { data: { title: 'Nobody’s' } })).status, 401)
})
