import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../../../', import.meta.url))
const source = fileURLToPath(new URL('../../src/index.ts', import.meta.url))

export interface Compiled {
  readonly output: string
  readonly exit: number
  readonly folder: string
}

/**
 * Compiles files (by name, `'bede'` imported) with the repository's own compiler and options in a folder of their own,
 * which is gone when `look` is done.
 */
export const compile = async <T>(
  files: Readonly<Record<string, string>>,
  options: Readonly<Record<string, unknown>>,
  flags: readonly string[],
  look: (compiled: Compiled) => Promise<T> | T,
): Promise<T> => {
  const base = join(root, 'node_modules', '.cache')
  await mkdir(base, { recursive: true })
  const folder = await mkdtemp(join(base, 'bede-types-'))
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), text)
    }
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { typeRoots: [join(root, 'node_modules', '@types')], paths: { bede: [source] }, ...options },
      include: ['**/*.ts'],
      exclude: ['out'],
    }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    const compiled = await new Promise<Compiled>((resolve) => {
      execFile(
        process.execPath,
        [compiler, '-p', folder, '--pretty', 'false', ...flags],
        { maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) => resolve({ output: stdout + stderr, exit: error === null ? 0 : 1, folder }),
      )
    })
    return await look(compiled)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
