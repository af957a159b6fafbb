import assert from 'node:assert/strict'
import { homedir } from 'node:os'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { files, read, root } from './tree.ts'

// Written in pieces, so that this file does not hold what it looks for.
const REGISTRIES = [
  ['registry', 'npmjs', 'org'],
  ['registry', 'yarnpkg', 'com'],
  ['registry', 'npmmirror', 'com'],
  ['npm', 'pkg', 'github', 'com'],
  ['npm', 'jsr', 'io'],
].map((parts) => parts.join('.'))

/** Folders above a checkout that every machine has and that documents may well name. */
const ORDINARY = new Set([
  '/',
  '/home',
  '/opt',
  '/root',
  '/srv',
  '/tmp',
  '/usr',
  '/usr/src',
  '/var',
  '/var/tmp',
  '/app',
])

const BINARY = /\.(png|jpe?g|gif|ico|woff2?|wasm|tar|gz|zip|pdf)$/

const tracked = files(/./).filter((path) => !BINARY.test(path))

function linesWith(wanted: readonly (string | RegExp)[]): string[] {
  return tracked.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, at) =>
        wanted.some((one) => (typeof one === 'string' ? line.includes(one) : one.test(line)))
          ? [`${path}:${at + 1}: ${line.trim().slice(0, 120)}`]
          : [],
      ),
  )
}

test('no file holds a path of the machine it was written on', () => {
  const checkout = root.replace(/\/$/, '')
  const here = [checkout, dirname(checkout), homedir()].filter((path) => !ORDINARY.has(path)).map((path) => `${path}/`)
  const homes = [/\/Users\/(?!you\b|name\b)[a-z][\w.-]*\//i, /\/home\/(?!node\b|app\b|you\b)[a-z][\w.-]*\//]
  assert.equal(linesWith([...here, ...homes]).join('\n'), '')
})

test('no file names a package registry', () => {
  const configured = process.env.npm_config_registry
  const hosts = configured ? [...REGISTRIES, new URL(configured).host] : REGISTRIES
  assert.equal(linesWith(hosts).join('\n'), '', 'whoever installs has chosen a registry; the repository chooses none')
})
