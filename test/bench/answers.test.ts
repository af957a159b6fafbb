import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { dropAll, NO_POSTGRES, postgresUrl, SERVER_URL } from '../../packages/bede/test/support/postgres.ts'
import { read, root } from '../house/tree.ts'

const there = (await postgresUrl()) !== undefined
await dropAll()

test('what is measured answers as the server written by hand does', {
  skip: there ? false : NO_POSTGRES,
}, async () => {
  const script = fileURLToPath(new URL('./answers.ts', import.meta.url))
  const env = { ...process.env, BEDE_SOURCE: '1', BEDE_BENCH_POSTGRES: SERVER_URL }
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=bede-source', script], { env })
  assert.equal(stdout.trim(), 'the same')
})

test('every measurement has its line in bench/README.md, and what it publishes its place in a document', () => {
  const readme = read('bench/README.md')
  for (const file of readdirSync(`${root}bench`).filter((name) => name.endsWith('.ts'))) {
    const text = read(`bench/${file}`)
    if (!/^\s*(?:const|let) rounds/m.test(text)) continue
    assert.match(readme, new RegExp(`^\\| \`${file.slice(0, -3)}\` \\|`, 'm'))
    const name = /publish\(\{\s*name: '([a-z-]+)'/.exec(text)?.[1]
    if (!name) continue
    const page = /\n\s*page: '([a-z-]+)'/.exec(text)?.[1] ?? 'performance'
    const document = read(`docs/explanation/${page}.md`)
    assert.ok(document.includes(`<!-- measured: ${name} -->`) && document.includes(`<!-- end: ${name} -->`), file)
  }
})
