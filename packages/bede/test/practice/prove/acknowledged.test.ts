import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readProveFile } from '../../../src/practice/prove/acknowledged.ts'
import { isProblem } from '../../../src/telemetry/problem.ts'

const folder = mkdtempSync(join(tmpdir(), 'bede-prove-file-'))
after(() => rmSync(folder, { recursive: true }))

const read = (content: unknown) => {
  writeFileSync(join(folder, 'prove.json'), typeof content === 'string' ? content : JSON.stringify(content))
  return readProveFile(folder, ['like', 'convert'])
}

test('without a prove.json nothing is acknowledged', () => {
  assert.deepEqual(readProveFile(join(folder, 'none'), []), { acknowledged: [], examples: {}, files: {} })
})

test('what is acknowledged has a class, an operation and a reason; an example is an input', () => {
  const because = 'Anybody may raise the counter'
  const acknowledged = [{ class: 15, operation: 'like', because }]
  const examples = { convert: { body: { code: 'A' } } }
  assert.deepEqual(read({ acknowledged, examples }), { acknowledged, examples, files: {} })
})

test('a sample is a file below the folder, and nothing else', () => {
  writeFileSync(join(folder, 'one.docx'), 'bytes')
  assert.deepEqual(read({ files: { convert: { document: 'one.docx' } } }).files, {
    convert: {
      document: {
        field: 'document',
        name: 'one.docx',
        type: 'application/octet-stream',
        bytes: Buffer.from('bytes'),
      },
    },
  })
  for (const at of ['none.docx', '../one.docx', join(folder, 'one.docx'), '/etc/passwd'])
    assert.throws(
      () => read({ files: { convert: { document: at } } }),
      (error) => isProblem(error) && error.message.includes('files.convert.document'),
      at,
    )
})

test('what is not understood is refused, and says where', () => {
  const line = (changed: object) => ({
    acknowledged: [{ class: 15, operation: 'like', because: 'long enough', ...changed }],
  })
  for (const [content, place] of [
    ['{', 'no JSON'],
    [[], 'no object'],
    [{ force: true }, "'force'"],
    [{ acknowledged: {} }, 'acknowledged'],
    [line({ class: 999 }), 'acknowledged[0].class'],
    [line({ operation: 'lyke' }), 'acknowledged[0].operation'],
    [line({ because: 'ok' }), 'acknowledged[0].because'],
    [{ examples: { lyke: {} } }, "'lyke'"],
    [{ examples: { like: 3 } }, 'examples.like'],
    [{ files: { lyke: {} } }, "'lyke'"],
    [{ files: { like: { file: 3 } } }, 'files.like.file'],
  ] as const)
    assert.throws(
      () => read(content),
      (error) => isProblem(error) && error.code === 'invalid-setting' && error.message.includes(place),
      JSON.stringify(content),
    )
})
