import type { KeptMail } from '../../adapters/mailbox.ts'
import { mailboxPath } from '../../surface/mailbox/page.ts'
import { routeRows } from '../serve/routes.ts'
import type { Version } from '../serve/version.ts'
import { printable } from '../terminal/printable.ts'
import { table } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'

export interface Served {
  readonly terminal: Terminal
  readonly url: string
  readonly database: string
  readonly files: number
  /** Milliseconds. */
  readonly took: number
}

/** Says what is served from now on, and where. */
export function announce({ manifest, schema }: Version, { terminal, url, database, files, took }: Served): void {
  const { said } = terminal
  const made = schema.outcome === 'created' ? ', new' : ''
  terminal.say(
    [
      '',
      `${said('green', '✓')} ${said('bold', manifest.name)} ${said('dim', `ready in ${seconds(took)}`)}`,
      '',
      ...table([
        ['app', said('cyan', url)],
        ['docs', said('cyan', `${url}/docs`)],
        ...(manifest.identity ? [['mailbox', said('cyan', `${url}${mailboxPath}`)]] : []),
        ['database', `${database}${made}`],
      ]),
      ...(schema.outcome === 'changed' ? ['', ...changes(schema.changes, terminal)] : []),
      '',
      ...routeLines(routeRows(manifest), terminal),
      '',
      said('dim', `Watching ${files} ${files === 1 ? 'file' : 'files'}; a save reloads. Ctrl+C stops.`),
      '',
    ].join('\n'),
  )
}

export interface Changed {
  readonly terminal: Terminal
  /** Files, relative to the project. */
  readonly changed: readonly string[]
  readonly took: number
}

/** Says that a new version has taken over, and what is different about it. */
export function announceChange(before: Version, after: Version, { terminal, changed, took }: Changed): void {
  const { said } = terminal
  const [old, now] = [before, after].map(({ manifest }) => routeRows(manifest).map((row) => row.join('\t')))
  const added = now!.filter((row) => !old!.includes(row))
  const removed = old!.filter((row) => !now!.includes(row))
  const lines = (rows: string[], mark: string) => table(rows.map((row) => [mark, ...row.split('\t')]))
  terminal.say(
    [
      `${said('green', '✓')} reloaded in ${seconds(took)}${changed.length > 0 ? said('dim', `  ${changed.join(', ')}`) : ''}`,
      ...changes(after.schema.changes, terminal),
      ...lines(removed, said('red', '-')),
      ...lines(added, said('green', '+')),
    ].join('\n'),
  )
}

/** Says what would have been sent, and where it can be read. */
export function announceMail({ id, to, subject }: KeptMail, { terminal, url }: Pick<Served, 'terminal' | 'url'>): void {
  const { said } = terminal
  terminal.say(
    `${said('green', '✓')} mail to ${printable(to)}: ${printable(subject)}  ${said('cyan', `${url}${mailboxPath}/${id}`)}`,
  )
}

const changes = (made: readonly string[], { said }: Terminal) =>
  made.map((change) => `  ${said('yellow', 'database')}  ${change}`)
const routeLines = (rows: readonly (readonly string[])[], { said }: Terminal) =>
  table(rows, '  ', [
    (method) => said('cyan', method),
    undefined,
    (who) => said('dim', who),
    (name) => said('dim', name),
  ])
const seconds = (milliseconds: number) =>
  milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`
