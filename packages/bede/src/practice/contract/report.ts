import { code, prose } from '../takeover/source.ts'
import type { Compared } from './compare.ts'
import type { ContractProject } from './contract.ts'
import type { Left } from './left.ts'

const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`

/** CONTRACT.md: what of the contract is served as it says, and what is not, with the reason. */
export function contractReport({ title, operations, models, left, open }: ContractProject, compared: Compared): string {
  const { missing } = compared
  const signedIn = operations.filter(({ open }) => !open).length
  return [
    '# What of the contract is served',
    '',
    `Made from ${code(title)}. Its text is data here: nothing of it was run, and nothing it names was fetched.`,
    '',
    '| of the contract | there are | served |',
    '|---|---|---|',
    row(['operations', String(compared.operations), String(compared.served)]),
    row(['statuses', String(compared.statuses), String(compared.statusesServed)]),
    row(['parameters outside the path', String(compared.parameters), String(compared.parametersServed)]),
    row(['media types of answers', String(compared.media), String(compared.mediaServed)]),
    row(['headers of answers', String(compared.lines), String(compared.linesServed)]),
    row(['models made of its schemas', '', String(models.length)]),
    '',
    'The numbers are of the description that this backend gives of itself (`npx bede openapi`), compared with the contract when the project was made.',
    '',
    '## What is left to do',
    '',
    `- Each handler in \`api/\` answers 501 \`not-implemented\`. Write it in place of \`notWritten(…)\`.`,
    ...(signedIn > 0
      ? [`- ${signedIn} operations ask who calls, and answer 401 until somebody can sign in: declare an identity.`]
      : []),
    ...(models.length > 0 ? ['- Nobody may read or write a model until its policy in `services/` says who.'] : []),
    '- Objects are closed: a member that the contract does not name is refused, unless it says `additionalProperties`.',
    '- Paths begin at `/`, whatever the addresses under `servers` end with.',
    '- Bede answers refusals of its own beside those of the contract, as problem details (RFC 9457).',
    '',
    '## What is not as the contract says',
    '',
    ...listed([...left, ...missing.filter(({ place }) => !isTold(left, place)).map(notDescribed)]),
    '',
    ...(open.length === 0 ? [] : ['## What the contract does not say of the models', '', ...listed(open), '']),
  ].join('\n')
}

/** What is missing because something was left out needs no second line. */
const isTold = (left: readonly Left[], place: string): boolean =>
  left.some((one) => one.place === place || one.place.startsWith(`${place} `))

const notDescribed = ({ place, why }: Left): Left => ({ place, why: `${why} is not in the description` })

/** A reason names parts of the contract: in Markdown these are no elements and no links. */
const words = (text: string): string =>
  prose(text)
    .replaceAll('`', "'")
    .replace(/[\\<[\]]/g, '\\$&')

/** As many places as a line names. */
const NAMED = 8

/** A line for each reason, with where it holds. */
function listed(all: readonly Left[]): readonly string[] {
  if (all.length === 0) return ['Everything is.']
  const byReason = Map.groupBy(all, ({ why }) => why)
  return [
    '| what | where |',
    '|---|---|',
    ...[...byReason].map(([why, places]) => {
      const named = places.slice(0, NAMED).map(({ place }) => code(place))
      const more = places.length > NAMED ? [`and ${places.length - NAMED} more`] : []
      return row([words(why), [...named, ...more].join(', ')])
    }),
  ]
}
