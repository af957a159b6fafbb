import assert from 'node:assert/strict'
import { test } from 'node:test'
import { command } from '../../src/cli/command/command.ts'
import { exit } from '../../src/cli/command/exit.ts'
import { parse } from '../../src/cli/command/parse.ts'
import { isProblem } from '../../src/telemetry/problem.ts'

const sample = command({
  name: 'sample',
  summary: 'A command for this test',
  about: 'Does nothing.',
  arguments: [{ name: 'thing', summary: 'what it is done to' }],
  options: { port: { value: 'number', summary: 'A value' }, json: { summary: 'A switch' } },
  examples: [{ line: 'bede sample x', says: 'Nothing' }],
  run: async () => exit.fine,
})

function refusal(words: string[]) {
  try {
    parse(sample, words)
  } catch (error) {
    if (!isProblem(error)) throw error
    assert.equal(error.code, 'usage')
    return { message: error.message, hint: error.hint }
  }
  return assert.fail(`accepted: ${words.join(' ')}`)
}

test('options are read in both forms, before and after the argument', () => {
  for (const words of [
    ['--port', '1', 'x', '--json'],
    ['x', '--json', '--port=1'],
    ['--json', '--port=1', '--', 'x'],
  ]) {
    const parsed = parse(sample, words)
    assert.ok(!parsed.help)
    assert.deepEqual({ ...parsed.arguments }, { thing: 'x' })
    assert.deepEqual({ ...parsed.options }, { port: '1', json: true })
  }
})

test('an unknown option is refused with the one that was probably meant', () => {
  assert.deepEqual(refusal(['x', '--prot', '1']), {
    message: "bede sample has no option '--prot'.",
    hint: 'Perhaps you meant --port.',
  })
  assert.equal(refusal(['x', '--force']).hint, 'See: bede sample --help')
  assert.equal(refusal(['x', '-j']).message, "bede sample has no option '-j'.")
})

test('names of the prototype are no options', () => {
  for (const name of ['--__proto__', '--constructor', '--toString', '--hasOwnProperty=1']) refusal(['x', name])
})

test('a value that is missing is refused, and so is one that a switch does not take', () => {
  assert.equal(refusal(['x', '--port']).message, '--port needs a value: --port <number>.')
  assert.equal(refusal(['x', '--port', '--json']).message, '--port needs a value: --port <number>.')
  assert.equal(refusal(['x', '--port=']).message, '--port needs a value: --port <number>.')
  assert.equal(refusal(['x', '--json=yes']).message, '--json is a switch and takes no value.')
})

test('too few and too many words are refused, and what is shown of them moves no cursor', () => {
  assert.equal(refusal([]).message, '<thing> is missing: what it is done to.')
  assert.equal(refusal(['a', '\u001b[2Jb']).message, "'\\u001b[2Jb' is one word too many.")
})

test('--help asks for help wherever it stands, unless it is behind --', () => {
  assert.equal(parse(sample, ['--help']).help, true)
  assert.equal(parse(sample, ['x', '-h']).help, true)
  assert.equal(parse(sample, ['--', '--help']).help, false)
})
