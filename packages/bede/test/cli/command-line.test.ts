import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bede } from './bede.ts'

const COMMANDS = ['new', 'dev', 'start', 'check', 'openapi', 'sql', 'call']

describe('help', () => {
  test('bede --help names every command and an example, and ends well', () => {
    const { code, out, err } = bede(['--help'])
    assert.equal(code, 0)
    assert.equal(err, '')
    for (const name of COMMANDS) assert.match(out, new RegExp(`^  bede ${name}\\b`, 'm'))
    assert.match(out, /Exit codes/)
  })

  for (const name of COMMANDS) {
    test(`bede ${name} --help says what it does, its options and an example`, () => {
      const { code, out, err } = bede([name, '--help'])
      assert.equal(code, 0)
      assert.equal(err, '')
      assert.match(out, new RegExp(`^bede ${name}\\b`))
      assert.match(out, /^Options$/m)
      assert.match(out, new RegExp(`^Examples?\\n  bede ${name}\\b`, 'm'))
      assert.equal(bede(['help', name]).out, out)
    })
  }

  test('a line of help fits a terminal of 120 columns', () => {
    for (const name of COMMANDS) {
      for (const line of bede([name, '--help']).out.split('\n')) assert.ok(line.length <= 120, line)
    }
  })
})

describe('what is not understood', () => {
  test('no command shows the help and is a mistake of usage', () => {
    const { code, out, err } = bede([])
    assert.equal(code, 2)
    assert.equal(out, '')
    assert.match(err, /bede check/)
  })

  test('a command that is not there is refused with the one that was meant', () => {
    const { code, out, err } = bede(['chekc'])
    assert.equal(code, 2)
    assert.equal(out, '')
    assert.equal(err, "error  bede has no command 'chekc'.\n→ Perhaps you meant bede check.\n")
  })

  test('an option that is not there is refused with the one that was meant, and nothing is done', () => {
    const { code, err } = bede(['check', '--jsno'])
    assert.equal(code, 2)
    assert.match(err, /has no option '--jsno'\.\n→ Perhaps you meant --json\./)
    assert.equal(bede(['new', 'x', '--force']).code, 2)
  })

  test('with --json the refusal is JSON on the answer', () => {
    const { code, out, err } = bede(['check', '--json', '--nope'])
    assert.equal(code, 2)
    assert.equal(err, '')
    assert.equal(JSON.parse(out).code, 'usage')
  })
})

test('--version names Bede and Node', () => {
  const { code, out } = bede(['--version'])
  assert.equal(code, 0)
  assert.match(out, /^bede \d+\.\d+\.\d+, Node \d+\.\d+\.\d+\n$/)
})

test('output that goes to no terminal has no color, and FORCE_COLOR asks for it', () => {
  const control = String.fromCharCode(27)
  assert.ok(!bede(['--help']).out.includes(control))
  assert.ok(bede(['--help'], { environment: { FORCE_COLOR: '1' } }).out.includes(control))
})
