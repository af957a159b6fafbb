export const style = `
:root { color-scheme: light dark }
body { margin: 0; padding: 10vh 1rem; font: 1rem/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText }
main { max-width: 26rem; margin: 0 auto }
h1 { font-size: 1.4rem }
form { display: grid; gap: 1rem }
form[hidden] { display: none }
label { display: grid; gap: .3rem }
input, button { font: inherit; padding: .6rem .8rem; border-radius: 6px; border: 1px solid GrayText }
button { cursor: pointer }
button[disabled] { opacity: .5 }
output { display: block; margin-top: 1rem }
code { overflow-wrap: anywhere }
`
