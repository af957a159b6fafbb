import assert from 'node:assert/strict'
import { stripTypeScriptTypes } from 'node:module'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { camel, Names } from '../../../src/practice/takeover/names.ts'
import { code, key, literal, prose } from '../../../src/practice/takeover/source.ts'

/** Signs that mean something to TypeScript, to a terminal or to a reader, and anything else. */
const sign = fc.oneof(
  fc.constantFrom(
    ...`'"\`\\\${}*/<>|\n\r\t\0-;_()[]`,
    '\u2028',
    '\u2029',
    '\u202e',
    '\ud800',
    '__proto__',
    '*/',
    ['$', '{1}'].join(''),
  ),
  fc.string({ unit: 'binary', maxLength: 3 }),
)
const text = fc.array(sign, { maxLength: 12 }).map((parts) => parts.join(''))

test('class 70: any text, as a string of the source that is written, is that text and nothing else', () => {
  fc.assert(
    fc.property(text, (one) => {
      const source = literal(one)
      assert.equal(runInNewContext(source), one)
      assert.match(source, /^[^\n\r\u2028\u2029\u202e]*$/)
      assert.equal(stripTypeScriptTypes(`export const a = ${source}`), `export const a = ${source}`)
    }),
  )
})

test('class 70: any text is a key of its own, __proto__ among them', () => {
  fc.assert(
    fc.property(fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'class', '2')), (one) => {
      assert.deepEqual(runInNewContext(`Object.entries({ ${key(one)}: 1 }).flat().join('|')`), `${one}|1`)
    }),
  )
})

test('class 70: any text stays in the comment and in the cell it is put into', () => {
  fc.assert(
    fc.property(text, (one) => {
      assert.equal(runInNewContext(`/** ${prose(one)} */ 1`), 1)
      assert.doesNotMatch(prose(one), /[\n\r\u2028\u2029]|\*\//)
      assert.match(code(one), /^`[^`\n]+`$/)
    }),
  )
})

test('class 70: every name that is given is a name of a constant, and given once', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(text, fc.constantFrom('Class', 'class', '__proto__', 'toString', 'a b', 'a_b'))),
      (all) => {
        const names = new Names()
        const given = all.map((one) => names.take(camel(one, 'table')))
        assert.equal(new Set(given.map((one) => one.toLowerCase())).size, given.length)
        for (const one of given) assert.equal(runInNewContext(`'use strict'; const ${one} = 1; ${one}`), 1)
      },
    ),
  )
})

test('names read as their words', () => {
  for (const name of ['film_actor', 'FilmActor', 'film actor', 'FILM_ACTOR', 'Film-Actor']) {
    assert.equal(camel(name, 'table'), 'filmActor')
  }
  assert.deepEqual(
    ['CustomerID', '2fa', 'café', '日本', ''].map((name) => camel(name, 'table')),
    ['customerId', 'table2fa', 'cafe', 'table', 'table'],
  )
})
