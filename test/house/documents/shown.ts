import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'libpg-query'
import { read, root } from '../tree.ts'

/** What is asked of a block that is not TypeScript: throws when it does not hold. */
type Check = (text: string) => void | Promise<void>

/** Languages that are shown as they are. */
const SHOWN = [
  'text',
  'md',
  'diff',
  'yaml',
  'html',
  'css',
  'js',
  'ini',
  'toml',
  'proto',
  'graphql',
  'mermaid',
  'dockerfile',
]

const CHECKS: Readonly<Record<string, Check>> = {
  json: (text) => void JSON.parse(text),
  http: httpMessages,
  sql: async (text) => void (await parse(text)),
  sh: commands,
}

/** Checks one block by its language. */
export async function checkShown(language: string, text: string): Promise<void> {
  if (SHOWN.includes(language)) return
  const check = CHECKS[language]
  const known = ['ts', ...Object.keys(CHECKS), ...SHOWN].join(', ')
  assert.ok(check, `a block is in one of ${known}; this one says '${language}'`)
  await check(text)
}

const START = /^(?:(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \/\S*(?: HTTP\/[\d.]+)?|HTTP\/[\d.]+ [1-5]\d\d(?: .*)?)$/
const HEADER = /^[A-Za-z][\w-]*: ?.*$/

/** One or more messages (RFC 9112): a request or status line, headers, an empty line, a body that is JSON if it looks so. */
function httpMessages(text: string): void {
  const messages: string[][] = []
  for (const line of text.split('\n')) {
    if (START.test(line)) messages.push([])
    assert.ok(messages.length > 0, `an http block begins with a request line or a status line, not with: ${line}`)
    messages.at(-1)?.push(line)
  }
  for (const [, ...rest] of messages) {
    const end = rest.indexOf('')
    const headers = end < 0 ? rest : rest.slice(0, end)
    const body = end < 0 ? '' : rest.slice(end).join('\n').trim()
    for (const header of headers) assert.match(header, HEADER, `not a header: ${header}`)
    if (/^[[{]/.test(body)) JSON.parse(body)
  }
}

/** Commands after `$ `; when no line has one, every line that is not a comment. A trailing backslash goes on. */
function commands(text: string): void {
  const lines = text.replaceAll(/\\\n\s*/g, '').split('\n')
  const marked = lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2))
  const all = marked.length > 0 ? marked : lines.filter((line) => line.trim() !== '' && !line.startsWith('#'))
  for (const line of all) for (const part of line.split(/&&|\|\||[;|]/)) command(part.trim())
}

const SCRIPTS = new Set(
  ['package.json', ...globSync('{packages,examples}/*/package.json', { cwd: root })].flatMap((path) => {
    const { scripts }: { scripts?: Record<string, string> } = JSON.parse(read(path))
    return Object.keys(scripts ?? {})
  }),
)

function command(line: string): void {
  const words = line.split(/\s+/).filter((word) => !/^[A-Z_]+=/.test(word))
  if (words[0] === 'npx' || (words[0] === 'npm' && words[1] === 'exec')) words.splice(0, words[0] === 'npx' ? 1 : 2)
  const [program, first, second] = words
  if (program === 'bede' && first && !first.startsWith('-')) {
    assert.match(help(), new RegExp(`^\\s*(?:bede )?${first}\\b`, 'm'), `bede --help does not name '${first}': ${line}`)
  }
  if (program === 'npm') {
    const script = first === 'run' ? second : ['test', 'start'].includes(first ?? '') ? first : undefined
    if (script) assert.ok(SCRIPTS.has(script), `no package.json has the script '${script}': ${line}`)
  }
}

let helpText: string | undefined

/** What `bede --help` prints. */
function help(): string {
  if (helpText === undefined) {
    const bede = join(root, 'packages/bede/bin/bede.js')
    assert.ok(
      existsSync(join(root, 'packages/bede/src/cli/main.ts')),
      'a document names a bede command and there is none',
    )
    const run = spawnSync(process.execPath, [bede, '--help'], {
      encoding: 'utf8',
      env: { ...process.env, BEDE_SOURCE: '1' },
    })
    assert.equal(run.status, 0, `bede --help failed: ${run.stderr}`)
    helpText = run.stdout
  }
  return helpText
}
