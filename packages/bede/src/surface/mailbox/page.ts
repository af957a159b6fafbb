import type { KeptMail } from '../../adapters/mailbox.ts'
import { html } from '../../toolkit/html/html.ts'
import { type Html, unsafe } from '../../toolkit/html/markup.ts'

/** Where mails are shown, beside the API reference. */
export const mailboxPath = '/docs/mailbox'

/**
 * No script, nothing fetched. Styles may stand in the page, because those of a mail do: the frame that shows it inherits
 * this policy, and can do nothing else either (its sandbox is empty).
 */
export const policy = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const style = `
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem; font: 16px/1.5 system-ui, sans-serif; color: #1c1c1c; background: #fff; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .4rem .6rem; text-align: start; border-bottom: 1px solid #ddd; overflow-wrap: anywhere; }
pre { padding: 1rem; border: 1px solid #ddd; border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; }
iframe { width: 100%; height: 40rem; border: 1px solid #ddd; border-radius: 6px; background: #fff; }
dt { font-weight: 600; } dd { margin: 0 0 .5rem; overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) { body { color: #ececec; background: #161616; } a { color: #8ab4f8; } }
`

const page = (title: string, body: Html): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${unsafe('a constant of this file', style)}</style>
</head>
<body>
${body}
</body>
</html>
`.text

/** Every mail that was sent since the start, the newest first. */
export const listPage = (mails: readonly KeptMail[]): string =>
  page(
    'Mailbox',
    html`<h1>Mailbox</h1>
<p>What this app has sent since <code>bede dev</code> began. Nobody else has got any of it. For programs: <a href="${mailboxPath}.json">mailbox.json</a></p>
${
  mails.length === 0
    ? html`<p>Nothing yet.</p>`
    : html`<table>
<thead><tr><th scope="col">Sent</th><th scope="col">To</th><th scope="col">Subject</th></tr></thead>
<tbody>${mails.map(row)}</tbody>
</table>`
}`,
  )

const row = ({ id, at, to, subject }: KeptMail): Html =>
  html`<tr><td><time datetime="${at.toISOString()}">${at.toISOString().slice(0, 19).replace('T', ' ')}</time></td><td>${to}</td><td><a href="${mailboxPath}/${encodeURIComponent(id)}">${subject}</a></td></tr>
`

/** One mail, as text and as HTML. */
export const mailPage = (mail: KeptMail): string =>
  page(
    mail.subject,
    html`<p><a href="${mailboxPath}">All mails</a></p>
<h1>${mail.subject}</h1>
<dl>
<dt>From</dt><dd>${mail.from.name === undefined ? '' : `${mail.from.name}, `}${mail.from.address}</dd>
<dt>To</dt><dd>${mail.to}</dd>
<dt>Sent</dt><dd><time datetime="${mail.at.toISOString()}">${mail.at.toISOString()}</time></dd>
<dt>Language</dt><dd>${mail.language}</dd>
</dl>
<h2>Links</h2>
<ul>${linksOf(mail).map((link) => html`<li><a href="${link}" rel="noopener noreferrer">${link}</a></li>`)}</ul>
<h2>Text</h2>
<pre>${mail.text}</pre>
<h2>HTML</h2>
<iframe title="The mail as HTML" sandbox="" referrerpolicy="no-referrer" srcdoc="${unsafe('a mail of this app, in a frame that runs nothing', mail.html)}"></iframe>`,
  )

/** The addresses in the text of a mail, each once. */
export const linksOf = ({ text }: KeptMail): readonly string[] => [
  ...new Set(text.match(/\bhttps?:\/\/[^\s<>"']+/g) ?? []),
]
