import assert from 'node:assert/strict'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { isSafeName } from '../../../src/toolkit/paths/file-name.ts'
import { safePath } from '../../../src/toolkit/paths/safe-path.ts'
import { traversals } from '../../support/traversals.ts'

const root = resolve('/srv/files')
const unsafe = { name: 'Problem', code: 'unsafe-name', status: 400 }

test('class 111: no name of the corpus becomes a path, below any root, hidden names allowed or not', () => {
  assert.ok(traversals.length >= 200, `${traversals.length}`)
  for (const name of traversals) {
    for (const base of [root, '/', resolve('/srv/files/../files')]) {
      assert.throws(() => safePath(base, name), unsafe, JSON.stringify(name))
    }
    assert.equal(isSafeName(name), false)
    const hidden = /^[^\\%:]*(^|\/)\.(htaccess|env|git|ssh)\b/.test(name)
    if (!hidden) assert.throws(() => safePath(root, name, { hidden: true }), unsafe, JSON.stringify(name))
  }
})

test('class 111: whatever a name is, it is refused, or the path is the name below the root', () => {
  const bits = fc.constantFrom(
    '.',
    '..',
    '/',
    '\\',
    'a',
    'é',
    ' ',
    '%2e',
    '%2f',
    ':',
    '\0',
    'nul',
    '~',
    '\uff0f',
    '-',
    '_',
    '日本',
  )
  const names = fc.oneof(
    fc.array(bits, { maxLength: 8 }).map((all) => all.join('')),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
  )
  fc.assert(
    fc.property(names, fc.boolean(), (name, hidden) => {
      let path: string
      try {
        path = safePath(root, name, { hidden })
      } catch (error) {
        assert.equal(Reflect.get(Object(error), 'code'), 'unsafe-name')
        return
      }
      assert.ok(path.startsWith(root + sep))
      assert.equal(relative(root, path).split(sep).join('/'), name)
      assert.equal(resolve(path), path)
    }),
    { numRuns: 400 },
  )
})

test('ordinary names are names, in all languages', () => {
  for (const name of [
    'a',
    'report.pdf',
    'a/b/c.txt',
    'Übersicht 2026 (final).xlsx',
    '日本語。.txt',
    'a-b_c+d=e,f;g&h#i@j!.txt',
    '-rf',
    'x..y',
    'console.log',
    'communication.doc',
    '100% sure.txt',
    'naïve.txt',
    '👍.png',
  ])
    assert.equal(safePath(root, name), join(root, ...name.split('/')), name)
  assert.equal(safePath(root, '.well-known/x', { hidden: true }), join(root, '.well-known', 'x'))
})

test('what is not text is no name, and a root that is not absolute is a mistake of the app', () => {
  for (const name of [undefined, null, 1, {}, ['a'], { toString: () => 'a' }])
    assert.throws(() => Reflect.apply(safePath, undefined, [root, name]), unsafe)
  for (const base of ['', '.', 'files', '../files', '/srv\0', undefined])
    assert.throws(() => Reflect.apply(safePath, undefined, [base, 'a']), { code: 'internal' })
  assert.ok(isAbsolute(safePath(sep, 'a')))
})

test('the refusal does not repeat the name', () => {
  const name = '../<script>alert(1)</script>\r\nX: y'
  assert.throws(
    () => safePath(root, name),
    (error: Error) => !error.message.includes('script') && !/[\r\n]/.test(error.message),
  )
})
