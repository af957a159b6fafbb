import { isSafeName } from '../paths/file-name.ts'
import { type Allowance, refused } from './limits.ts'

/**
 * The names of an archive's entries as they come: each a name below a folder, none twice, none that some file system
 * takes for another of them, and no file where a folder is.
 */
export class EntryNames {
  readonly #allowance: Allowance
  readonly #files = new Set<string>()
  readonly #folders = new Set<string>()

  constructor(allowance: Allowance) {
    this.#allowance = allowance
  }

  /** The name without the `/` that ends a folder's. Throws the Problem `invalid-archive` (422). */
  take(name: string, folder: boolean): string {
    // What `tar` writes for the folder that it was called in.
    const bare = name.replace(/^\.\/(?=.)/, '').replace(folder ? /\/$/ : /$^/, '')
    if (!isSafeName(bare, { hidden: true })) throw badName()
    const parts = folded(bare).split('/')
    if (parts.length > this.#allowance.depth) throw refused(`folders in it are deeper than ${this.#allowance.depth}`)
    const key = parts.join('/')
    for (let end = 1; end < parts.length; end++) this.#folder(parts.slice(0, end).join('/'))
    if (folder) this.#folder(key)
    else {
      if (this.#files.has(key) || this.#folders.has(key)) throw twice()
      this.#files.add(key)
    }
    return bare
  }

  #folder(key: string): void {
    if (this.#files.has(key)) throw twice()
    this.#folders.add(key)
  }
}

/** The folder itself that `tar` was called in, which is no entry below it. */
export const isHere = (name: string): boolean => name === '.' || name === './'

/** How systems that do not tell large letters from small ones, or forms of a letter, see it. */
const folded = (name: string): string => name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')

export const badName = (cause?: unknown) => refused('an entry has a name that leads out of a folder, or is none', cause)

const twice = () => refused('two entries have the same name, or names that are the same on some systems')
