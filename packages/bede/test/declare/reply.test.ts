import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answer, html, sendFile, stream } from '../../src/index.ts'

test('what is put into html is escaped; what html made stays as it is', () => {
  const evil = `"><script>alert('1')</script>&`
  assert.equal(
    html`<a title="${evil}">${evil}</a>`.text,
    '<a title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;">&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;</a>',
  )
  const items = ['<a>', '<b>'].map((item) => html`<li>${item}</li>`)
  assert.equal(html`<ul>${items}</ul>`.text, '<ul><li>&lt;a&gt;</li><li>&lt;b&gt;</li></ul>')
  assert.equal(html`${null}${undefined}${false}${true}${0}${['<', ['>']]}`.text, '0&lt;&gt;')
  assert.equal(html`${{ toString: () => '<i>' } as never}`.text, '&lt;i&gt;')
  assert.equal(html`${{ text: '<i>' } as never}`.text, '[object Object]')
})

test('files, streams and answers say what they are', () => {
  assert.deepEqual(
    { ...sendFile('/tmp/a.pdf', { type: 'application/pdf', name: 'a.pdf' }) },
    { source: '/tmp/a.pdf', type: 'application/pdf', name: 'a.pdf' },
  )
  assert.equal(sendFile(new Uint8Array([1])).type, undefined)
  assert.equal(stream((async function* () {})(), { type: 'text/csv' }).type, 'text/csv')
  assert.deepEqual(
    { ...answer({ status: 202, headers: { 'x-a': 'b' }, body: { queued: true } }) },
    { status: 202, headers: { 'x-a': 'b' }, body: { queued: true } },
  )
})
