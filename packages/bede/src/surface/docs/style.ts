/** The look of the reference page. No font and no picture is fetched. */
export const style = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #dfe4ea; --ground: #ffffff; --raised: #f6f8fa; --accent: #1f5fbf;
  --get: #0b6e6e; --post: #1a7f37; --put: #8a5a00; --patch: #6b3fa0; --delete: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9f0; --soft: #9aa6b5; --line: #2d3642; --ground: #11161d; --raised: #1a212b; --accent: #7fb2ff;
  --get: #5cc8c8; --post: #62c97f; --put: #e0b04c; --patch: #b99af0; --delete: #ff8a80; } }
* { box-sizing: border-box }
html { scroll-padding-top: 1rem }
body { margin: 0; display: grid; grid-template-columns: 19rem minmax(0, 1fr); color: var(--ink); background: var(--ground);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif }
code, pre, textarea, .path, .type { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .9em }
a { color: var(--accent); text-decoration: none } a:hover { text-decoration: underline }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.25rem 1rem 2rem; border-right: 1px solid var(--line); background: var(--raised) }
nav h1 { font-size: 1.15rem; margin: 0 0 .15rem } nav p { margin: 0 0 1rem; color: var(--soft); font-size: .85rem }
nav h2 { font-size: .75rem; text-transform: uppercase; letter-spacing: .06em; color: var(--soft); margin: 1.2rem 0 .3rem }
nav ul { list-style: none; margin: 0; padding: 0 } nav li a { display: flex; gap: .5rem; padding: .2rem .35rem; border-radius: 5px; color: inherit; align-items: baseline }
nav li a:hover { background: var(--line); text-decoration: none } nav .path { overflow-wrap: anywhere; font-size: .8rem }
input, textarea, button { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: 6px; padding: .4rem .6rem; width: 100% }
button { width: auto; cursor: pointer; background: var(--accent); color: var(--ground); border-color: transparent; font-weight: 600 }
button.quiet { background: transparent; color: var(--accent); border-color: var(--line); font-weight: 400; padding: .1rem .55rem; font-size: .8rem }
main { padding: 2rem clamp(1rem, 4vw, 3rem) 6rem; max-width: 62rem }
section > h2 { font-size: 1.3rem; margin: 2.2rem 0 .8rem; text-transform: capitalize }
details { border: 1px solid var(--line); border-radius: 8px; margin: 0 0 .7rem; background: var(--ground) }
details > summary { display: flex; flex-wrap: wrap; gap: .3rem .75rem; align-items: baseline; padding: .65rem .9rem; cursor: pointer; list-style: none }
details > summary::-webkit-details-marker { display: none }
details[open] > summary { border-bottom: 1px solid var(--line); background: var(--raised); border-radius: 8px 8px 0 0 }
details > div { padding: .4rem .9rem 1rem }
.method { font-weight: 700; font-size: .72rem; letter-spacing: .03em; min-width: 3.9rem; text-transform: uppercase }
nav .method { min-width: 3.2rem; font-size: .65rem }
.get { color: var(--get) } .post { color: var(--post) } .put { color: var(--put) } .patch { color: var(--patch) } .delete { color: var(--delete) }
.path { font-weight: 600 } .says { color: var(--soft) } .auth { margin-left: auto; font-size: .75rem; color: var(--soft); border: 1px solid var(--line); border-radius: 99px; padding: 0 .55rem }
h3 { font-size: .78rem; text-transform: uppercase; letter-spacing: .05em; color: var(--soft); margin: 1.2rem 0 .4rem; display: flex; gap: .6rem; align-items: center }
table { border-collapse: collapse; width: 100% } td { padding: .35rem .5rem .35rem 0; border-top: 1px solid var(--line); vertical-align: top } tr:first-child td { border-top: 0 }
td:first-child { width: 14rem; overflow-wrap: anywhere } .needed { color: var(--delete); font-size: .75rem; margin-left: .35rem }
.type { color: var(--soft) } .rule { color: var(--soft); font-size: .85rem; display: block }
pre { margin: .3rem 0; padding: .75rem .9rem; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere }
.fields { margin: 0 0 0 .9rem; padding-left: .7rem; border-left: 2px solid var(--line) }
.status { font-weight: 700; margin-right: .5rem } .quiet-list details { border: 0; border-top: 1px solid var(--line); border-radius: 0; margin: 0 } .quiet-list details > summary { padding: .4rem 0; background: none; border: 0 }
.quiet-list details > div { padding: 0 0 .6rem }
form label { display: grid; grid-template-columns: 14rem 1fr; gap: .6rem; align-items: center; margin: .3rem 0 } form textarea { min-height: 9rem; resize: vertical }
form .row { display: flex; gap: .8rem; align-items: center; margin-top: .6rem } [hidden] { display: none !important }
@media (max-width: 52rem) { body { display: block } nav { position: static; height: auto; max-height: 45vh } form label, td:first-child { grid-template-columns: 1fr; width: auto } }
`.trim()
