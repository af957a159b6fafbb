/**
 * What a page does in a browser: it takes the token from behind `#` and out of the address bar, posts it when its reader
 * says so, and writes what comes back as text. It talks to its own server only, as the page's policy demands.
 */
export const script = `
(() => {
  const [form, out] = [document.querySelector('form'), document.querySelector('output')]
  const { session, done, half, cancelled, next } = form.dataset
  let token = new URLSearchParams(location.hash.slice(1)).get('token')
  let challenge
  // Another link of this kind, opened in this very tab.
  addEventListener('hashchange', () => location.reload())
  history.replaceState(null, '', location.pathname)
  const say = (text) => { out.textContent = text }
  const end = (text) => { form.hidden = true; say(text) }
  if (!token) return end('This link is not complete. Open it again as it stands in the mail, or ask for a new one.')

  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const buttons = [...form.querySelectorAll('button')]
    const off = event.submitter?.dataset.path
    const values = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''))
    const body = { ...(challenge ? { challenge } : { token }), ...(off ? {} : values), ...(session && !off ? { session } : {}) }
    const path = off ?? (challenge ? '/auth/second-factor' : location.pathname)
    for (const button of buttons) button.disabled = true
    say('…')
    try {
      const answer = await fetch(path, {
        method: 'POST',
        credentials: 'same-origin',
        headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
        body: JSON.stringify(body),
      })
      const text = await answer.text()
      const json = text === '' ? {} : JSON.parse(text)
      if (answer.ok) return arrived(off, json)
      if (json.code === 'second-factor-required') return second(json.challenge)
      const [first] = json.details ?? []
      say([first?.message ?? json.detail ?? json.title ?? 'It did not work.', first?.hint ?? json.hint ?? ''].join(' ').trim())
    } catch (error) {
      say('The request did not get through: ' + error.message)
    }
    for (const button of buttons) button.disabled = false
  })

  function arrived(off, json) {
    if (off) return end(cancelled)
    if (json.changed === false) return end(half)
    end(done)
    const more = document.createElement(next ? 'a' : 'code')
    if (next) Object.assign(more, { href: next, textContent: 'Go on' })
    else more.textContent = json.token ?? ''
    out.append(document.createElement('br'), more)
  }

  function second(sealed) {
    challenge = sealed
    const label = document.createElement('label')
    const field = document.createElement('input')
    Object.assign(field, { name: 'code', required: true, autocomplete: 'one-time-code', autofocus: true })
    label.append('Code of your authenticator app, or a recovery code', field)
    for (const other of form.querySelectorAll('label')) other.remove()
    form.prepend(label)
    for (const button of form.querySelectorAll('button')) button.disabled = false
    say('')
    field.focus()
  }
})()
`.trim()
