import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isProblem } from '../../src/telemetry/problem.ts'
import { addressFrom } from '../../src/toolkit/html/address-from.ts'
import { attributes } from '../../src/toolkit/html/attributes.ts'
import { type HtmlPart, html } from '../../src/toolkit/html/html.ts'
import { unsafe } from '../../src/toolkit/html/markup.ts'
import { scriptData } from '../../src/toolkit/html/script-data.ts'

/** Texts that have got out of a page somewhere. */
const hostile = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '` onclick=alert(1) x=`',
  '</title><script>alert(1)</script>',
  '</textarea><script>alert(1)</script>',
  '-->< script>alert(1)</script>',
  '&#60;script&#62;',
  '\u0000<b>',
  '\u2028\u2029',
  'javascript:alert(1)',
]

const refused = (make: () => unknown, message: RegExp): void =>
  assert.throws(make, (error) => {
    assert.ok(isProblem(error), String(error))
    assert.equal(error.code, 'unsafe-html')
    assert.match(error.message, message)
    assert.ok(error.hint)
    return true
  })

test('cross-site scripting: text is escaped where it stands', () => {
  for (const text of hostile) {
    const page = html`<title>${text}</title><p class="${text}" title='${text}'>${text}</p><textarea>${text}</textarea>`
      .text
    assert.equal(page.match(/<(?!\/?(?:title|p|textarea)\b)/g), null, page)
    assert.equal(page.match(/"/g)?.length, 2)
    assert.equal(page.match(/'/g)?.length, 2)
  }
  assert.equal(html`${'a & b'}${0}${1n}${null}${undefined}${true}${false}${['<', ['>']]}`.text, 'a &amp; b01&lt;&gt;')
})

test('what html made stays as it is in text, and is text in an attribute', () => {
  const bold = html`<b>${'a & b'}</b>`
  assert.equal(html`<p>${[bold, bold]}</p>`.text, '<p><b>a &amp; b</b><b>a &amp; b</b></p>')
  assert.equal(html`<p title="${bold}"></p>`.text, '<p title="&lt;b&gt;a &amp;amp; b&lt;/b&gt;"></p>')
  assert.equal(
    html`<iframe srcdoc="${bold}"></iframe>`.text,
    '<iframe srcdoc="&lt;b&gt;a &amp;amp; b&lt;/b&gt;"></iframe>',
  )
  const forged: unknown = { text: '<script>', why: 'x' }
  assert.doesNotMatch(html`${forged as HtmlPart}`.text, /</)
  assert.throws(() => unsafe(' ', '<b>'), TypeError)
  assert.equal(html`<p>${unsafe('a constant', '<b>')}</p>`.text, '<p><b></p>')
})

test('cross-site scripting: an address goes somewhere and runs nothing', () => {
  const kept = [
    '/a',
    'a.html',
    '#x',
    '?q=1',
    '//cdn.example/a',
    'https://a.example/?q=1',
    'HTTP://a.example',
    'mailto:a@b.example',
    'tel:+1',
    'a:b/c'.replace('a:', './a:'),
    '',
  ]
  const lost = [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    '\u0001javascript:alert(1)',
    'java\nscript:alert(1)',
    'java\tscript:alert(1)',
    'jav\r\nascript\t:alert(1)',
    'vbscript:x',
    'data:text/html,<script>alert(1)</script>',
    'blob:https://a.example/1',
    'file:///etc/passwd',
    'view-source:x',
    'x-unknown:1',
  ]
  for (const to of kept)
    assert.equal(html`<a href="${to}">`.text, html`<a title="${to}">`.text.replace('title', 'href'), to)
  for (const to of lost) {
    assert.equal(html`<a href="${to}">`.text, '<a href="about:invalid">', to)
    assert.equal(html`<img src=" ${to}">`.text, '<img src="about:invalid">', to)
    assert.equal(html`<form ACTION='${to}'>`.text, "<form ACTION='about:invalid'>", to)
    assert.equal(html`<button formaction = "${to}">`.text, '<button formaction = "about:invalid">')
    assert.equal(html`<use xlink:href="${to}">`.text, '<use xlink:href="about:invalid">')
    assert.equal(html`<img srcset="a.png 1x, ${to} 2x">`.text, '<img srcset="about:invalid">')
    assert.equal(html`<a ${attributes({ HREF: to })}>`.text, '<a  HREF="about:invalid">')
    assert.equal(
      html`<animate attributeName="href" to="${to}">`.text,
      '<animate attributeName="href" to="about:invalid">',
    )
    assert.equal(
      html`<meta http-equiv="refresh" content="0; url='${to}'">`.text,
      '<meta http-equiv="refresh" content="about:invalid">',
    )
  }
  for (const to of [
    '0;javascript:alert(1)',
    '5 ; data:text/html,x',
    'url=javascript:alert(1)',
    '1.5,url = "javascript:x"',
    ' 0; URL=vbscript:x',
  ])
    assert.equal(html`<meta content="${to}">`.text, '<meta content="about:invalid">', to)
  for (const text of ['5; url=/next', 'width=device-width, initial-scale=1', 'About: this page', '3'])
    assert.doesNotMatch(html`<meta content="${text}">`.text, /invalid/, text)
  assert.equal(html`<animate values="a;${'x;javascript:alert(1)'}">`.text, '<animate values="about:invalid">')
  // A scheme in several parts is one all the same; behind a path there is none.
  assert.equal(html`<a href="${'java'}${'script:'}${1}">`.text, '<a href="about:invalid">')
  assert.equal(html`<a href="${''}javascript:${1}">`.text, '<a href="about:invalid">')
  assert.equal(html`<a href="/to/${'javascript:alert(1)'}">`.text, '<a href="/to/javascript:alert(1)">')
  assert.equal(
    html`<img src="${unsafe('made here', 'data:image/png;base64,AA==')}">`.text,
    '<img src="data:image/png;base64,AA==">',
  )
})

test('cross-site scripting: a value in a place that no escaping makes safe is refused, whatever it is', () => {
  const x = 'x'
  refused(() => html`<a title=${x}>`, /without quotes/)
  refused(() => html`<a title=a${x}>`, /without quotes/)
  refused(() => html`<a onclick="f('${x}')">`, /in the script of onclick/)
  refused(() => html`<a OnClick = '${x}'>`, /in the script of OnClick/)
  refused(() => html`<p style="color: ${x}">`, /in a style/)
  refused(() => html`<style>p { color: ${x} }</style>`, /in a style/)
  refused(() => html`<script>const a = '${x}'</script>`, /in a script/)
  refused(() => html`<script>${html`<b></b>`}</script>`, /in a script/)
  refused(() => html`<!-- ${x} -->`, /in a comment/)
  refused(() => html`<!doctype ${x}>`, /in a comment/)
  refused(() => html`<${x}>`, /name of an element/)
  refused(() => html`</${x}>`, /name of an element/)
  refused(() => html`<a ${x}>`, /inside a tag/)
  refused(() => html`<a ${attributes({ b: 1 })}="x">`, /as the name of an attribute/)
  refused(() => html`<a data-${x}="1">`, /in the name of an attribute/)
  refused(() => html`<a title="a"${attributes({ b: 1 })}>`, /right after the value/)
  refused(() => html`<a b ${attributes({ href: true })} ="${'javascript:alert(1)'}">`, /in the name of an attribute/)
  // Only ASCII whitespace ends a name or a value without quotes.
  for (const space of ['\u00a0', '\u000b', '\u2028', '\ufeff']) {
    const strings = [`<a b=1${space}title="`, '">']
    refused(() => html(Object.assign(strings, { raw: strings }), 'x autofocus y'), /without quotes/)
  }
  refused(() => html`<xmp>${x}</xmp>`, /in <xmp>/)
  refused(() => html`<title>${html`<b></b>`}</title>`, /in <title>/)
  refused(() => html`<script src="${x}"></script>`, /as the address of what the page loads/)
  refused(() => html`<script src="https://${x}/a.js"></script>`, /as the address of what the page loads/)
  refused(() => html`<base href="${x}">`, /as the address of what the page loads/)
  refused(() => html`<iframe srcdoc="${x}"></iframe>`, /as a page/)
  refused(() => html`<p>${attributes({ a: 1 })}</p>`, /as text/)
  // A part that leaves a tag open would make what follows part of it.
  for (const make of [
    () => html`<a href="`,
    () => html`<a `,
    () => html`<script>`,
    () => html`<!-- `,
    () => html`<textarea>`,
  ])
    refused(make, /not finished/)
  assert.equal(html`<script src="/assets/${'a"b'}.js"></script>`.text, '<script src="/assets/a&quot;b.js"></script>')
})

test('cross-site scripting: no value decides from which origin a page loads', () => {
  const refusedCode = '<script src="about:invalid"></script>'
  for (const value of ['/evil.example/x.js', '\\evil.example/x.js', '\t/evil.example/x.js', '\n\\evil.example', '\r/e'])
    assert.equal(html`<script src="/${value}"></script>`.text, refusedCode, JSON.stringify(value))
  assert.equal(html`<base href="/${'/evil.example/'}">`.text, '<base href="about:invalid">')
  assert.equal(html`<script src="/${''}${'/evil.example'}"></script>`.text, refusedCode)
  assert.equal(html`<script src="/${'app'}.js"></script>`.text, '<script src="/app.js"></script>')
  assert.equal(html`<script src="./${'/x.js'}"></script>`.text, '<script src=".//x.js"></script>')
})

test('cross-site scripting: frames and links are of an origin that the template names, or that is listed', () => {
  const x = 'https://evil.example/a.css'
  refused(() => html`<link rel="stylesheet" href="${x}">`, /what the page loads/)
  refused(() => html`<LINK HREF='${x}' rel="canonical">`, /what the page loads/)
  refused(() => html`<iframe src="${x}"></iframe>`, /what the page loads/)
  refused(() => html`<frame src="https://${x}/">`, /what the page loads/)
  refused(() => html`<iframe ${attributes({ src: x })}></iframe>`, /cannot be given/)
  refused(() => html`<link ${attributes({ href: '/own.css' })}>`, /cannot be given/)
  assert.equal(html`<link href="/themes/${'dark'}.css">`.text, '<link href="/themes/dark.css">')
  assert.equal(html`<iframe src="https://player.example/embed/${'../"'}"></iframe>`.text, '<iframe src="https://player.example/embed/../&quot;"></iframe>') // biome-ignore format: one thought
  assert.equal(html`<iframe src="/${'/evil.example'}"></iframe>`.text, '<iframe src="about:invalid"></iframe>')
  assert.equal(html`<iframe src="${unsafe('ours, from a setting', x)}"></iframe>`.text, `<iframe src="${x}"></iframe>`)

  const origins = ['https://player.example', 'http://127.0.0.1:8080', 'self']
  const frame = (address: string) => html`<iframe src="${addressFrom(origins, address)}"></iframe>`.text
  for (const address of ['https://player.example/v/1?a=1&b="', 'HTTPS://PLAYER.example:443/x', 'http://127.0.0.1:8080/', '/own/page?a#b', '/']) // biome-ignore format: a list
    assert.doesNotMatch(frame(address), /invalid/, address)
  assert.equal(
    frame('https://player.example/v?a=1&b="'),
    '<iframe src="https://player.example/v?a&#61;1&amp;b&#61;%22"></iframe>',
  )
  for (const address of [
    x,
    'http://player.example/',
    'https://player.example.evil.example/',
    'https://player.example@evil.example/',
    'https://me:secret@player.example/',
    'https://player.example:8443/',
    'https:evil.example',
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,x',
    'blob:https://player.example/1',
    '//evil.example/',
    '/\\evil.example/',
    '\\\\evil.example/',
    '/\t/evil.example/',
    '/.//evil.example/',
    '/a/..//evil.example/',
    'own.html',
    '',
  ]) {
    assert.equal(frame(address), '<iframe src="about:invalid"></iframe>', address)
    assert.equal(
      html`<link ${attributes({ href: addressFrom(origins, address) })}>`.text,
      '<link  href="about:invalid">',
    )
  }
  assert.equal(
    html`<iframe src="${addressFrom(['https://player.example'], '/own')}"></iframe>`.text,
    '<iframe src="about:invalid"></iframe>',
  )
  assert.equal(html`<script src="${addressFrom(origins, 'https://player.example/a.js')}${'?v=1'}"></script>`.text, '<script src="https://player.example/a.js?v&#61;1"></script>') // biome-ignore format: one thought
  assert.equal(
    html`<script src="${addressFrom(origins, x)}${'/../x'}"></script>`.text,
    '<script src="about:invalid"></script>',
  )
  assert.equal(
    html`<a href="${addressFrom(origins, x)}">${addressFrom(origins, '/a')}</a>`.text,
    '<a href="about:invalid">/a</a>',
  )
  refused(() => html`<iframe src="https:${addressFrom(origins, '/a')}"></iframe>`, /what the page loads/)
  for (const origin of ['https://player.example/', '*', 'player.example', 'https://*.example', 'null', 'data:', ''])
    refused(() => addressFrom([origin], '/'), /is not an origin/)
})

test('text of the template itself is read as a browser reads it', () => {
  const x = '<&'
  assert.equal(
    html`<!doctype html><!-- <a href= --><br/><input required ${attributes({ value: x })} disabled><p a=1 b='>' c=">">${x}</p>1 < 2 <3 ${x}`
      .text,
    '<!doctype html><!-- <a href= --><br/><input required  value="&lt;&amp;" disabled><p a=1 b=\'>\' c=">">&lt;&amp;</p>1 < 2 <3 &lt;&amp;',
  )
  assert.equal(
    html`<script>if (a < b) x('</scr')</script ><p>${x}</p>`.text,
    "<script>if (a < b) x('</scr')</script ><p>&lt;&amp;</p>",
  )
  assert.equal(html`<STYLE>a > b {}</STYLE><p title="${x}">`.text, '<STYLE>a > b {}</STYLE><p title="&lt;&amp;">')
  assert.equal(html`<!-->${x}`.text, '<!-->&lt;&amp;')
})

test('attributes are escaped, left out, or refused by name', () => {
  assert.equal(
    html`<a ${attributes({ title: '"<', 'data-n': 1, hidden: true, id: null, lang: undefined, draggable: false })}>`
      .text,
    '<a  title="&quot;&lt;" data-n="1" hidden>',
  )
  for (const name of ['onclick', 'ONLOAD', 'style', 'srcdoc', 'a b', 'a=b', 'a>b', '', '"', '1', '__proto__ x'])
    refused(() => html`<a ${attributes({ [name]: 'x' })}>`, /cannot be given/)
  refused(() => html`<script ${attributes({ src: '/a.js' })}></script>`, /cannot be given/)
})

test('data in a script is that data and ends nothing', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(...hostile, '</ScRiPt>', '<!--<script>'), (value, text) => {
      const page = html`<script type="application/json">${scriptData([value, text])}</script>`.text
      const inner = page.slice('<script type="application/json">'.length, -'</script>'.length)
      assert.doesNotMatch(inner, /[<>&\u2028\u2029]/)
      assert.equal(JSON.stringify(JSON.parse(inner)), JSON.stringify([value, text]))
    }),
  )
  for (const none of [undefined, () => 1, Symbol('x')]) assert.throws(() => scriptData(none), TypeError)
})
