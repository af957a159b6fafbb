/**
 * What the reference page does in a browser: search, copy, try. It writes what comes back as text and never as HTML,
 * keeps the token in its field and nowhere else, and talks to its own server only, as the page's policy demands.
 */
export const script = String.raw`
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)]
  for (const node of all('[data-curl]')) node.textContent = node.textContent.replaceAll('$BASE', location.origin)

  const search = document.getElementById('search')
  search.addEventListener('input', () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean)
    for (const node of all('[data-words]')) node.hidden = !words.every((word) => node.dataset.words.includes(word))
    for (const group of all('[data-group]')) group.hidden = all('[data-words]', group).every((node) => node.hidden)
  })
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || /^(input|textarea)$/i.test(document.activeElement?.tagName ?? '')) return
    event.preventDefault()
    search.focus()
  })

  const open = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)))
    if (target instanceof HTMLDetailsElement) target.open = true
  }
  addEventListener('hashchange', open)
  open()

  for (const button of all('[data-copy]')) {
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(button.closest('h3').nextElementSibling.textContent)
      button.textContent = 'Copied'
      setTimeout(() => { button.textContent = 'Copy' }, 1500)
    })
  }

  for (const form of all('form[data-path]')) {
    form.addEventListener('submit', async (event) => {
      event.preventDefault()
      const { path: pattern, method, scheme } = form.dataset
      const query = new URLSearchParams()
      const headers = {}
      let path = pattern
      for (const input of all('[data-in]', form)) {
        if (input.dataset.in === 'path') path = path.replace('{' + input.name + '}', encodeURIComponent(input.value))
        else if (input.value === '') continue
        else if (input.dataset.in === 'query') query.append(input.name, input.value)
        else headers[input.name] = input.value
      }
      const token = document.getElementById('token').value.trim()
      if (token && form.dataset.auth) headers.Authorization = scheme + ' ' + token
      const body = form.elements.namedItem('body')?.value
      if (body) headers['Content-Type'] = 'application/json'
      const out = form.querySelector('output')
      out.hidden = false
      out.firstElementChild.textContent = 'Waiting…'
      const began = performance.now()
      try {
        const search = query.size > 0 ? '?' + query : ''
        const answer = await fetch(path + search, { method, headers, credentials: 'omit', ...(body ? { body } : {}) })
        const text = await answer.text()
        const took = Math.round(performance.now() - began)
        const lines = [...answer.headers].map(([name, value]) => name + ': ' + value)
        out.firstElementChild.textContent = [answer.status + ' ' + answer.statusText + ' (' + took + ' ms)', ...lines, '', pretty(text)].join('\n')
      } catch (error) {
        out.firstElementChild.textContent = 'The request did not get through: ' + error.message
      }
    })
  }

  function pretty(text) {
    try { return JSON.stringify(JSON.parse(text), null, 2) } catch { return text }
  }
})()
`.trim()
