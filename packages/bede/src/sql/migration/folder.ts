import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from '../../manifest/manifest.ts'
import { readRecorded } from '../../manifest/read.ts'
import { Problem } from '../../telemetry/problem.ts'
import { columnOf, destroys, lossOf } from './contraction.ts'
import { type MigrationFile, parseMigration } from './file.ts'

/** One migration as its folder holds it: `migrations/<yyyymmddhhmmss>-<name>/{up.sql, manifest.json, plan.md}`. */
export interface Migration extends MigrationFile {
  /** The folder's name: `20260102030405-add-summary`. Migrations are in the order of their ids. */
  readonly id: string
  readonly name: string
  readonly folder: string
  /** The text of `up.sql`. */
  readonly up: string
  /** Of `up`, in hex: recorded where it is applied. */
  readonly sha256: string
  /**
   * What its steps may drop without a line of their own: what the migration before announced as copied elsewhere, or as
   * lost and accepted there.
   */
  readonly free: readonly string[]
  /** What the database serves once it is applied. Read when it is first asked for; throws a Problem `invalid-manifest`. */
  readonly manifest: Manifest
}

const folderName = /^(\d{14})-([a-z0-9][a-z0-9-]*)$/

/**
 * The migrations of a folder, in order; none where there is no folder. Throws the Problem `invalid-migration` for a
 * folder or file in it that is not a migration.
 */
export function readMigrations(dir: string): readonly Migration[] {
  if (!existsSync(dir)) return []
  const names = readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
  const found: Migration[] = []
  for (const id of names) found.push(readMigration(dir, id, found.at(-1)))
  return found
}

function readMigration(dir: string, id: string, before: Migration | undefined): Migration {
  const folder = join(dir, id)
  const [, , name] = folderName.exec(id) ?? []
  if (name === undefined) {
    throw new Problem('invalid-migration', {
      message: `${folder} is not named like a migration.`,
      hint: 'A migration is a folder <yyyymmddhhmmss>-<name>, as bede migrate plan makes it. Move everything else out.',
    })
  }
  const up = textOf(join(folder, 'up.sql'))
  const file = parseMigration(up, join(folder, 'up.sql'))
  let manifest: Manifest | undefined
  return {
    ...file,
    id,
    name,
    folder,
    up,
    free: before ? announced(before) : [],
    sha256: createHash('sha256').update(up).digest('hex'),
    get manifest() {
      manifest ??= manifestIn(join(folder, 'manifest.json'))
      return manifest
    },
  }
}

/** What the next migration may take away: the columns that were copied, and what was given up. */
export function announced({ later, acceptedLosses }: MigrationFile): readonly string[] {
  return later.flatMap((contraction) => {
    const loss = lossOf(contraction)
    if (loss === undefined || (destroys(contraction) && !acceptedLosses.includes(loss))) return []
    return contraction.drop === 'column' ? [loss, columnOf(contraction)] : [loss]
  })
}

function manifestIn(path: string): Manifest {
  try {
    return readRecorded(JSON.parse(textOf(path)))
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw new Problem('invalid-migration', {
      message: `${path} is not JSON.`,
      hint: 'Bring it back from version control: bede migrate plan made it, and nobody edits it.',
      cause,
    })
  }
}

function textOf(path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8')
  throw new Problem('invalid-migration', {
    message: `${path} is missing.`,
    hint: 'Bring it back from version control.',
  })
}
