import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { PGlite } from '@electric-sql/pglite'
import { Problem } from '../../telemetry/problem.ts'
import { resolveOptional } from '../../toolkit/optional-package.ts'

/** Where the extensions are that a database may ask for. One with a release is a package of its own, which whoever uses it installs. */
const packages: Readonly<Record<string, { readonly name: string; readonly file: string; readonly release?: string }>> =
  {
    pg_trgm: { name: '@electric-sql/pglite', file: 'pg_trgm.tar.gz' },
    vector: { name: '@electric-sql/pglite-pgvector', file: 'vector.tar.gz', release: '0.0.15' },
  }

/** Those among {@link packages} that a database has installed. */
export const installedExtensions = `select extname from pg_extension where extname in (${Object.keys(packages)
  .map((name) => `'${name}'`)
  .join(', ')})`

/** Those of {@link packages} that a script installs. */
export const extensionsIn = (sql: string): readonly string[] =>
  sql.includes('create extension')
    ? Object.keys(packages).filter((name) => new RegExp(`create extension (?:if not exists )?"?${name}\\b`).test(sql))
    : []

/**
 * Puts the files of an extension where the running database looks for them. Nothing is loaded for a database without
 * it. Throws the Problem `store-schema` where its package is not installed.
 */
export async function loadExtension({ Module }: PGlite, extension: string): Promise<void> {
  const { name, release, file } = packages[extension] as (typeof packages)[string]
  const archive = await archiveOf(name, file).catch((cause) => {
    throw new Problem('store-schema', {
      message: `In the embedded database the extension ${extension} needs the package ${name}, which cannot be loaded. Nothing was changed.`,
      hint: `Run npm install ${release === undefined ? '' : `${name}@${release} `}in the project.`,
      cause,
    })
  })
  for (const { path, content } of filesIn(archive)) {
    const place = `${Module.WASM_PREFIX}/${path}`
    Module.FS.mkdirTree(dirname(place))
    Module.FS.writeFile(place, content)
  }
}

async function archiveOf(name: string, file: string): Promise<Buffer> {
  return promisify(gunzip)(await readFile(join(dirname(resolveOptional(name)), file)))
}

const block = 512

/** The files of a tar archive (POSIX.1-2017 pax, ustar Interchange Format). */
function* filesIn(archive: Buffer): Iterable<{ readonly path: string; readonly content: Buffer }> {
  const field = (from: number, length: number): string =>
    archive.toString('latin1', from, from + length).replace(/\0.*$/s, '')
  for (let at = 0; at + block <= archive.length; ) {
    const path = field(at, 100)
    if (path === '') return
    const size = Number.parseInt(field(at + 124, 12), 8)
    const content = at + block
    if (field(at + 156, 1) === '0') yield { path, content: archive.subarray(content, content + size) }
    at = content + Math.ceil(size / block) * block
  }
}
