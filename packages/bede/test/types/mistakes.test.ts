import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { compile } from './compile.ts'

const fixture = new URL('./fixtures/mistakes.ts', import.meta.url)
const mark = /^\/\/ @ts-expect-error: (.*)$/

/** The compiler's messages by line: the first line of each, and what it says below. */
const messages = (output: string): Map<number, string> => {
  const byLine = new Map<number, string>()
  let current = 0
  for (const text of output.split('\n')) {
    const start = /^.*mistakes\.ts\((\d+),\d+\): error TS\d+: (.*)$/.exec(text)
    if (start) current = Number(start[1])
    byLine.set(current, `${byLine.get(current) ?? ''}\n${start?.[2] ?? text}`)
  }
  return byLine
}

test('every mistake is refused by the compiler, with its sentence', async () => {
  const text = await readFile(fixture, 'utf8')
  const lines = text.split('\n')
  const expected = lines.flatMap((line, i) => {
    const sentence = mark.exec(line)?.[1]
    return sentence === undefined ? [] : [{ line: i + 2, sentence }]
  })
  assert.ok(expected.length >= 40, `only ${expected.length} mistakes were found`)
  const bare = lines.map((line) => (mark.test(line) ? '' : line)).join('\n')
  const moved = bare
    .replace(/'(\.\.\/)+src\/index\.ts'/g, "'bede'")
    .replace(/'((?:\.\.\/)+fixtures\/[^']+)'/g, (_, path: string) => `'${decodeURI(new URL(path, fixture).pathname)}'`)
  const said = await compile({ 'mistakes.ts': moved }, { noErrorTruncation: true }, [], ({ output }) =>
    messages(output),
  )
  for (const { line, sentence } of expected) {
    const heard = said.get(line) ?? 'nothing'
    assert.ok(heard.includes(sentence.trim()), `line ${line}: expected “${sentence}”, and the compiler said: ${heard}`)
  }
  const known = new Set(expected.map(({ line }) => line))
  for (const [line, heard] of said)
    assert.ok(known.has(line) || heard.trim() === '', `line ${line}, where no mistake was meant: ${heard}`)
})
