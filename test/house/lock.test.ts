import assert from 'node:assert/strict'
import { test } from 'node:test'
import { files, read } from './tree.ts'

interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly link?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const locked: Readonly<Record<string, Locked>> = JSON.parse(read('package-lock.json')).packages

test('the lock file names packages, not where they came from', () => {
  const wrong = Object.entries(locked).filter(([, { resolved, link }]) => resolved !== undefined && link !== true)
  assert.deepEqual(wrong, [], 'install with the .npmrc of the repository')
})

test('the lock file holds the optional packages of every platform, or npm ci refuses it', () => {
  const names = Object.entries(locked).flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies ?? {})
      .filter((name) => !locked[`node_modules/${name}`] && !locked[`${path}/node_modules/${name}`])
      .map((name) => `${path} wants ${name}`),
  )
  assert.deepEqual(names, [], 'take a version all of whose platform packages can be installed')
})

test('every dependency has an exact version', () => {
  const loose = files(/^(package|packages\/[^/]+\/package|examples\/[^/]+\/package)\.json$/).flatMap((path) => {
    const manifest: Record<string, Record<string, string> | undefined> = JSON.parse(read(path))
    return ['dependencies', 'devDependencies', 'optionalDependencies']
      .flatMap((kind) => Object.entries(manifest[kind] ?? {}))
      .filter(([name, version]) => name !== 'bede' && !/^(npm:@?[\w./-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      .map(([name, version]) => `${path}: ${name} ${version}`)
  })
  assert.deepEqual(loose, [])
})
