import assert from 'node:assert/strict'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { test } from 'node:test'
import { compile, root } from './compile.ts'
import { hundredModels } from './hundred-models.ts'

// Measured when it was written (700,000; 500 KB), and room on top: what makes it grow past that should be looked at.
const mostInstantiations = 900_000
const largestDeclarations = 750_000

const sizeOf = async (folder: string): Promise<number> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

const cost = (files: Readonly<Record<string, string>>) => {
  const options = { noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: root, outDir: 'out' }
  return compile(files, options, ['--extendedDiagnostics'], async ({ output, folder }) => {
    const own = output.split('\n').filter((line) => line.includes('error TS') && line.includes(basename(folder)))
    assert.deepEqual(own, [])
    return {
      instantiations: Number(/Instantiations:\s+(\d+)/.exec(output)?.[1]),
      size: await sizeOf(join(folder, 'out', relative(root, folder))),
    }
  })
}

test('a hundred models: what they cost the compiler, and how large their declaration files are', async (t) => {
  // The framework's own sources are compiled too; what they cost is not the models'.
  const framework = await cost({ 'nothing.ts': "import 'bede'\nexport {}\n" })
  const { instantiations, size } = await cost(hundredModels(100))
  const added = instantiations - framework.instantiations
  t.diagnostic(`${added} instantiations on top of ${framework.instantiations}, ${size} bytes of declaration files`)
  assert.ok(added < mostInstantiations, `${added} instantiations`)
  assert.ok(size < largestDeclarations, `${size} bytes`)
})
