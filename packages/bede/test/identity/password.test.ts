import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hash } from '@node-rs/argon2'
import { checkPassword } from '../../src/identity/password/strength.ts'
import { clubs, problemOf, refused } from '../engine/support/running.ts'

const strong = 'correct horse battery'
const known = ['Conduit', 'ada.lovelace@example.com']
const refusal = (password: string) =>
  problemOf(() => checkPassword(password, { place: '/password', min: 10, known })).then(
    ({ details: [detail] }) => detail?.message,
    () => undefined,
  )

test('passwords that are tried first are refused, and those with a little around them', async () => {
  for (const password of [
    '1234567890',
    'qwertyuiop',
    'QWERTYuiop',
    'Sunshine2024',
    '!!Sunshine1!',
    'ＱＷＥＲＴＹＵＩＯＰ',
  ])
    assert.match((await refusal(password)) ?? '', /tried first/, password)
  for (const password of ['aaaaaaaaaaaa', 'abcabcabcabc', 'xyzzxyzzxyzz12'])
    assert.match((await refusal(password)) ?? '', /over and over|tried first/, password)
  for (const password of ['Ada.Lovelace', 'adalovelace1', 'ada.lovelace@example.com', 'conduit-2024', 'CONDUIT!!!1'])
    assert.match((await refusal(password)) ?? '', /your own name|tried first/, password)
  assert.match((await refusal('too short')) ?? '', /at least 10/)
  assert.match((await refusal('e\u0301'.repeat(9))) ?? '', /at least 10/, 'nine letters, however they are typed')
})

test('other passwords are taken as they are, whatever they are made of', async () => {
  const good = [
    strong,
    'sunshine over the harbor',
    'ada likes green tea',
    'conduit is not a password',
    'тёмный лес и река',
    '鍵は冷蔵庫の中にあります',
    '🦊🦉🐝🐢🦀🐙🦋🐌🐞🦔',
    'x7#kQ2!vLp',
    '\n1234567890\n tabs',
  ]
  for (const password of good) assert.equal(await refusal(password), undefined, password)
})

for (const { store, run } of await clubs()) {
  const { skip } = store

  test(`${store.name}: nobody registers with a password that is tried first`, { skip }, async () => {
    const club = await run()
    for (const password of ['1234567890', 'weak.login1', 'the club!!']) {
      const input = { email: 'weak.login@example.com', name: 'weak', password }
      const problem = await refused(club, () => club.as(null, 'auth.register', input))
      assert.deepEqual([problem.status, problem.code, problem.details[0]?.place], [422, 'invalid-value', '/password'])
      assert.match(problem.details[0]?.hint ?? '', /nobody else has/)
    }
    const input = { email: 'weak.login@example.com', name: 'weak', password: 'what the club sings at night' }
    assert.equal((await club.as(null, 'auth.register', input)).status, 201, 'a word in a longer one is no harm')
  })

  test(`${store.name}: whoever comes in with a hash of old gets one of today`, { skip }, async () => {
    const club = await run()
    await club.member('old')
    const weak = { memoryCost: 8_192, timeCost: 1, parallelism: 1 }
    const stored = async () => (await club.rows(`select password from member where name = 'old'`))[0]?.[0] ?? ''
    const before = await hash(strong, weak)
    await club.rows(`update member set password = '${before}' where name = 'old'`)
    await refused(club, () => club.as(null, 'auth.signIn', { email: 'old@example.com', password: 'not it at all' }))
    assert.equal(await stored(), before, 'a wrong password changes nothing')
    assert.equal((await club.as(null, 'auth.signIn', { email: 'old@example.com', password: strong })).status, 200)
    const after = await stored()
    assert.match(after, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    assert.equal((await club.as(null, 'auth.signIn', { email: 'old@example.com', password: strong })).status, 200)
    assert.equal(await stored(), after, 'once')
  })

  test(`${store.name}: a hash that cannot be stored keeps nobody from coming in`, { skip }, async () => {
    const club = await run()
    await club.member('stuck')
    const before = await hash(strong, { memoryCost: 8_192, timeCost: 1, parallelism: 1 })
    await club.rows(`update member set password = '${before}' where name = 'stuck'`)
    await club.rows(`alter table member add constraint stuck check (name <> 'stuck' or password like '%m=8192%')`)
    const { status, json } = await club.as(null, 'auth.signIn', { email: 'stuck@example.com', password: strong })
    assert.equal(status, 200)
    assert.ok(await club.backend.authenticate(json.token))
    assert.deepEqual(await club.rows(`select password from member where name = 'stuck'`), [[before]])
    assert.match(club.lines.join('\n'), /could not be hashed as it is hashed today/)
    assert.ok(!club.lines.join('\n').includes(strong))
  })
}
