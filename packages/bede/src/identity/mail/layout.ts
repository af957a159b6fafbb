import { html } from '../../toolkit/html/html.ts'
import { unsafe } from '../../toolkit/html/markup.ts'

/** Readable without it, too: some readers of mail drop styles. */
const style = `
body { margin: 0; padding: 24px 12px; background: #f4f4f2; color: #1c1c1c; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.page { max-width: 560px; margin: 0 auto; padding: 32px; background: #ffffff; border-radius: 8px; }
.button { display: inline-block; padding: 12px 20px; border-radius: 6px; background: #1d4f91; color: #ffffff; font-weight: 600; text-decoration: none; }
.address { font-size: 13px; overflow-wrap: anywhere; color: #555555; }
.code { font: 600 28px/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; letter-spacing: 0.12em; }
footer { margin-top: 32px; padding-top: 16px; border-top: 1px solid #dddddd; font-size: 13px; color: #555555; }
@media (prefers-color-scheme: dark) {
body { background: #161616; color: #ececec; }
.page { background: #222222; }
.button { background: #8ab4f8; color: #10203a; }
.address, footer { color: #b5b5b5; }
footer { border-color: #444444; }
}
`

export interface LaidOut {
  readonly language: string
  readonly subject: string
  /** HTML with its values escaped. */
  readonly body: string
  readonly app: string
  readonly origin: string
}

/** The page that every mail is: nothing in it is fetched from anywhere. */
export const layout = ({ language, subject, body, app, origin }: LaidOut): string =>
  html`<!doctype html>
<html lang="${language}" dir="auto">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${subject}</title>
<style>${unsafe('a constant of this file', style)}</style>
</head>
<body>
<div class="page" role="article" aria-label="${subject}" lang="${language}" dir="auto">
${unsafe('HTML whose values were escaped where they were put in', body)}
<footer>${app} · ${origin}</footer>
</div>
</body>
</html>
`.text
