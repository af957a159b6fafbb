import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { table } from '../report.ts'
import { type Machine, machineInWords } from './machine.ts'
import { quick } from './options.ts'

const resultsFolder = fileURLToPath(new URL('../results/', import.meta.url))
const pageNamed = (name: string) => fileURLToPath(new URL(`../../docs/explanation/${name}.md`, import.meta.url))

/** What one measurement leaves behind. */
export interface Results {
  readonly name: string
  readonly machine: Machine
  /** The document of docs/explanation whose markers of that name it fills; else `performance`. */
  readonly page?: string
  /** Everything that was counted, for whoever wants to look closer. */
  readonly data: unknown
  /** Tables and sentences, as they stand in the page. */
  readonly parts: readonly (string | readonly (readonly string[])[])[]
}

/**
 * Writes `bench/results/<name>.json`, and puts the tables between the page's markers of that name, so that no figure
 * there is typed by hand. Prints the same.
 */
export function publish({ name, page: document = 'performance', machine, data, parts }: Results): void {
  const page = pageNamed(document)
  const text = [...parts.map((part) => (typeof part === 'string' ? part : table(part))), machineInWords(machine)].join(
    '\n\n',
  )
  console.log(`\n${text}\n`)
  const [begin, end] = [`<!-- measured: ${name} -->`, `<!-- end: ${name} -->`]
  const before = readFileSync(page, 'utf8')
  const [from, to] = [before.indexOf(begin), before.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${page} has no place for '${name}': ${begin} … ${end}`)
  if (quick) return
  mkdirSync(resultsFolder, { recursive: true })
  writeFileSync(`${resultsFolder}${name}.json`, `${JSON.stringify({ machine, data }, rounded, 1)}\n`)
  writeFileSync(page, `${before.slice(0, from + begin.length)}\n\n${text}\n\n${before.slice(to)}`)
}

const rounded = (_: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(5)) : value
