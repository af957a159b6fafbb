import { hash } from 'node:crypto'
import { html } from '../../toolkit/html/html.ts'
import { unsafe } from '../../toolkit/html/markup.ts'
import { script } from './script.ts'
import { style } from './style.ts'

/** What a page asks its reader, and what it says afterwards. */
export interface Asked {
  readonly title: string
  readonly text: string
  readonly button: string
  readonly done: string
  /** Where one has confirmed and another is still to. */
  readonly half?: string
  /** A second button: where it posts, and what it says then. */
  readonly cancel?: { readonly button: string; readonly path: string; readonly done: string }
  /** Asks for a new password of so many characters. */
  readonly password?: number
  /** Signs in: `cookie` keeps the session in one, and the browser goes on to the app. */
  readonly session?: 'cookie' | 'token'
}

const source = (text: string): string => `'sha256-${hash('sha256', text, 'base64')}'`

/** What it may do: its own script and style, named by hash (CSP 3 §2.3.1), and asking its own server. */
export const policy = [
  "default-src 'none'",
  `style-src ${source(style)}`,
  `script-src ${source(script)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** A page that is the same for everybody: what is secret about a link stands behind `#` and never gets to the server. */
export const linkPage = (app: string, { title, text, button, done, half, cancel, password, session }: Asked): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · ${app}</title>
<link rel="icon" href="data:,">
<style>${unsafe('a constant of this file', style)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${text}</p>
<form data-done="${done}" data-half="${half}" data-cancelled="${cancel?.done}" data-session="${session === 'cookie' ? 'cookie' : ''}" data-next="${session === 'cookie' ? '/' : ''}">
${password === undefined ? '' : html`<label>New password<input type="password" name="password" required minlength="${password}" maxlength="1024" autocomplete="new-password"></label>`}
<button type="submit">${button}</button>
${cancel ? html`<button type="submit" formnovalidate data-path="${cancel.path}">${cancel.button}</button>` : ''}
</form>
<output role="status"></output>
<noscript>This page needs JavaScript.</noscript>
</main>
<script>${unsafe('a constant of Bede, named by its hash in the policy', script)}</script>
</body>
</html>
`.text
