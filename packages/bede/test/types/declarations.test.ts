import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { compile, root } from './compile.ts'

const blog = ['models', 'services', 'api', 'app']

test('declaration files name nothing that the package does not export', async () => {
  const sources = await Promise.all(
    blog.map(async (name): Promise<[string, string]> => {
      const text = await readFile(new URL(`../fixtures/blog/${name}.ts`, import.meta.url), 'utf8')
      return [`${name}.ts`, text.replaceAll("'../../../src/index.ts'", "'bede'")]
    }),
  )
  const options = { noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: root, outDir: 'out' }
  await compile(Object.fromEntries(sources), options, [], async ({ folder }) => {
    const out = join(folder, 'out', relative(root, folder))
    const files = await readdir(out)
    assert.equal(files.length, blog.length)
    for (const file of files) {
      const text = await readFile(join(out, file), 'utf8')
      for (const [, from, name] of text.matchAll(/import\("([^"]+)"\)\.(\w+)/g)) {
        assert.ok(from === 'bede' || from?.startsWith('./'), `${file} names ${name}, which the package must export`)
      }
    }
  })
})
