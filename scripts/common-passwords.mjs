// Writes packages/bede/data/common-passwords.txt: `node scripts/common-passwords.mjs`, after the package below moved.
import { readFileSync, writeFileSync } from 'node:fs'
import { dictionary } from '@zxcvbn-ts/language-common'

const from = new URL('../node_modules/@zxcvbn-ts/language-common/', import.meta.url)
const { name, version } = JSON.parse(readFileSync(new URL('package.json', from), 'utf8'))
const notice = readFileSync(new URL('LICENSE.txt', from), 'utf8').trim()

const printable = /^[\x21-\x7e]+$/
const words = [...new Set(dictionary['passwords-common'].map((word) => word.toLowerCase()))]
const odd = words.filter((word) => !printable.test(word))
const kept = words.filter((word) => printable.test(word))

const head = [`The most common passwords, of ${name} ${version}.`, '', ...notice.split('\n')]
const text = `${head.map((line) => `# ${line}`.trim()).join('\n')}\n${kept.join('\n')}\n`
writeFileSync(new URL('../packages/bede/data/common-passwords.txt', import.meta.url), text, 'latin1')
console.log(`${kept.length} words, ${text.length} bytes; left out: ${odd.length}`)
