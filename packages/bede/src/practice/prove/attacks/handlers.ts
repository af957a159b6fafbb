import { join, parse as parsePath, relative } from 'node:path'
import type { Json } from '../../../expr/value.ts'
import type { Finding } from '../finding.ts'
import type { Entry, Slot } from '../inventory/inventory.ts'
import { draft } from '../inventory/request.ts'
import type { Exchange } from '../target/exchange.ts'
import { slowSubject } from '../world/marks.ts'
import { callerFor, subjectOf } from './caller.ts'
import { hole } from './found.ts'
import { lureFile } from './lures.ts'
import type { Probe, Siege } from './probe.ts'
import { type TextPlace, textPlaces } from './text-places.ts'

const handlers = (entries: readonly Entry[]): readonly Entry[] => entries.filter(({ handler }) => handler)

const withText: Probe['applies'] = (entries, { world }) =>
  handlers(entries).some((entry) => textPlaces(entry, world.marks).length > 0) ||
  'no code of the app takes text from a caller'

/** Sends a text in one place of a handler, and the usual everywhere else. Undefined: its form does not let it through. */
async function sendText(
  siege: Siege,
  entry: Entry,
  place: TextPlace,
  text: string,
  others?: string,
): Promise<Exchange | undefined> {
  const { target, examples } = siege
  const value = place.filled(text)
  if (value === undefined) return undefined
  const given = new Map<Slot, Json>()
  if (others !== undefined) {
    for (const one of textPlaces(entry, target.world.marks, examples[entry.name])) {
      const filled = one.filled(others)
      if (filled !== undefined) given.set(one.slot, filled)
    }
  }
  given.set(place.slot, value)
  const example = examples[entry.name]
  const request = draft(entry, target.world, {
    about: subjectOf(entry, target),
    fill: (one) => {
      const filled = given.get(one)
      return filled === undefined ? undefined : { value: filled }
    },
    ...(example && { example }),
  })
  return request && target.send(request, await callerFor(siege, entry))
}

/** Every place of every handler that takes a text. */
function* handlerPlaces({ target, examples }: Siege): Generator<{ readonly entry: Entry; readonly place: TextPlace }> {
  for (const entry of handlers(target.entries))
    for (const place of textPlaces(entry, target.world.marks, examples[entry.name])) yield { entry, place }
}

/** Each of these texts in every one of these places; which ones may depend on how much the place has room for. */
async function eachText(
  siege: Siege,
  texts: (place: TextPlace) => readonly string[],
  judge: (exchange: Exchange, text: string, place: TextPlace) => Finding | undefined,
): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for (const { entry, place } of handlerPlaces(siege)) {
    for (const text of texts(place)) {
      const exchange = await sendText(siege, entry, place, text)
      const finding = exchange && judge(exchange, text, place)
      if (finding) found.push(finding)
    }
  }
  return found
}

const step = '../'
/** From any folder up to the root; above it there is nothing. */
const manySteps = 16

/** Up to the root and down again, in as many steps as there is room for. */
function wayOut(path: string, most: number): string {
  const below = relative(parsePath(path).root, path).replaceAll('\\', '/')
  return step.repeat(Math.max(1, Math.min(manySteps, Math.floor((most - below.length) / step.length)))) + below
}

function traversals(folder: string, most: number): readonly string[] {
  const path = join(folder, lureFile)
  const way = wayOut(path, most)
  const from = way.lastIndexOf(step) + step.length
  const [up, below] = [way.slice(0, from), way.slice(from)]
  return [
    way,
    wayOut(`${path}.txt`, most),
    path,
    `${path}.txt`,
    `${up}${below}\0`,
    `x/${up}${below}`,
    `${up.replaceAll('../', '....//')}${below}`,
    `${up}${below}`.replaceAll('../', '..\\'),
    `${up}${below}`.replaceAll('/', '%2f'),
    `file://${path}`,
  ]
}

/** A name of a caller's is a name, and no way out of a folder. */
export const paths: Probe = {
  name: 'every text of every handler is sent as a path that leads to a file outside',
  classes: [59, 111],
  applies: withText,
  async run(siege) {
    const { lures } = siege
    const hint = 'Make paths of names with safePath(root, name), which stays below the root.'
    const read = await eachText(
      siege,
      ({ most }) => traversals(lures.folder, most),
      (exchange, _, { name }) =>
        exchange.text.includes(lures.secret)
          ? hole(111, exchange, {
              says: `A file outside of the app is answered: ${name} leads to it`,
              hint,
            })
          : undefined,
    )
    lures.traces()
    const fresh = join(lures.folder, 'written')
    const written = await eachText(
      siege,
      ({ most }) => [wayOut(fresh, most), fresh],
      (exchange, _, { name }) =>
        lures.traces().length > 0
          ? hole(111, exchange, {
              says: `A file outside of the app is written: ${name} leads to it`,
              hint,
            })
          : undefined,
    )
    return [...read, ...written]
  },
}

function commands(trace: string): readonly string[] {
  const touch = `touch ${trace}`
  return [
    `x; ${touch}`,
    `x | ${touch}`,
    `x && ${touch}`,
    `$(${touch})`,
    `\`${touch}\``,
    `"; ${touch}; "`,
    `'; ${touch}; '`,
    `x\n${touch}\n`,
  ]
}

/** Milliseconds in which a program that was started and not waited for has left its trace. */
const settling = 300

/** What a caller sends is an argument of a program, and never a command. */
export const injectedCommands: Probe = {
  name: 'every text of every handler is sent as a command that leaves a file behind',
  classes: [143],
  applies: withText,
  async run(siege) {
    const { lures } = siege
    lures.traces()
    const ran = (exchange: Exchange, { name }: TextPlace): Finding =>
      hole(143, exchange, {
        says: `A command runs that was sent as ${name}`,
        hint: 'Run programs with exec(program, [arguments]), which knows no shell.',
        evidence: 'The file that the command makes is there',
      })
    let last: { readonly exchange: Exchange; readonly place: TextPlace } | undefined
    const found = await eachText(
      siege,
      () => commands(join(lures.folder, 'ran')),
      (exchange, _, place) => {
        last = { exchange, place }
        if (lures.traces().length === 0) return undefined
        return ran(exchange, place)
      },
    )
    if (last) await new Promise((resolve) => setTimeout(resolve, settling))
    return last && lures.traces().length > 0 ? [...found, ran(last.exchange, last.place)] : found
  },
}

/** Nothing inside this machine is asked on behalf of a caller. */
export const innerRequests: Probe = {
  name: 'every text of every handler is sent as the address of a server inside this machine',
  classes: [104, 108],
  applies: withText,
  async run(siege) {
    const { lures } = siege
    lures.calls()
    const hosts = ['127.0.0.1', 'localhost', '2130706433', '[::ffff:127.0.0.1]', '0177.0.0.1', '127.1']
    const addresses = hosts.map((host) => `http://${host}:${lures.port}/lure`)
    return eachText(
      siege,
      () => addresses,
      (exchange, text, { name }) =>
        lures.calls().length > 0 || exchange.text.includes(lures.secret)
          ? hole(104, exchange, {
              says: `A server inside is asked: the address is ${name}`,
              hint: 'Ask other services with the http that every handler is given: it connects to no private address.',
              evidence: `${text} was asked for`,
            })
          : undefined,
    )
  },
}

/** Nobody is sent on to wherever a caller says. */
export const redirects: Probe = {
  name: 'every text of every handler is sent as the address of another site and as a line of a header',
  classes: [60, 89, 144],
  applies: withText,
  async run(siege) {
    const elsewhere = 'attacker.example'
    const texts = [`https://${elsewhere}/`, `//${elsewhere}/`, `/\\${elsewhere}/`, 'x\r\nX-Injected: yes']
    return eachText(
      siege,
      () => texts,
      (exchange, _, { name }) => {
        if (exchange.headers.has('x-injected'))
          return hole(60, exchange, {
            says: `A line of a header is sent as ${name}`,
            hint: 'Encode what goes into a header: encodeURIComponent.',
          })
        const location =
          exchange.headers.get('location') ?? exchange.headers.get('refresh')?.replace(/^.*url=/i, '') ?? ''
        if (!leadsTo(location, elsewhere, siege.target.served.origin)) return undefined
        return hole(144, exchange, {
          says: `Whoever follows the answer is sent to another site: ${name} says where`,
          hint: 'Redirect to paths of your own, or to addresses of a list.',
          evidence: `Location: ${location}`,
        })
      },
    )
  },
}

const leadsTo = (location: string, host: string, base: string): boolean =>
  location !== '' && URL.canParse(location, base) && new URL(location, base).hostname === host

/** Patterns that take a backtracking engine exponentially long, and one that is read at once. */
const slowPatterns = ['^(a+)+$', '(a|a)*$', '(a|aa)+$']
const quickPattern = '^b$'
/** A pattern is slow that makes so many times as much work as the quick one, and so many milliseconds of it at least. */
const slower = 20
const noticeable = 100
/** As often it has to be slow. */
const confirmations = 3

/** Texts that take a pattern of the app's own long, if it goes back and forth over them. */
const longTexts = ['a', ' ', '\t', '0'].map((letter) => `${letter.repeat(20_000)}!`)
const shortText = 'a'.repeat(500)

/**
 * The first of these texts that makes much more work than a harmless one, and does so again: what is done behind the
 * answers is no finding.
 */
async function slowest(
  siege: Siege,
  entry: Entry,
  place: TextPlace,
  texts: readonly string[],
  harmless: string,
  least: number,
): Promise<{ readonly exchange: Exchange; readonly evidence: string } | undefined> {
  const tried = async (text: string) => sendText(siege, entry, place, text, slowSubject)
  const quick = await tried(harmless)
  if (!quick) return undefined
  for (const text of texts) {
    let exchange = await tried(text)
    let usual = quick.worked
    for (let times = 1; exchange && exchange.worked >= Math.max(least, usual * slower); times++) {
      if (times === confirmations)
        return {
          exchange,
          evidence: `${Math.round(exchange.worked)} ms, against ${Math.round(usual)} ms for a harmless one`,
        }
      usual = Math.min(usual, (await tried(harmless))?.worked ?? usual)
      exchange = await tried(text)
    }
  }
  return undefined
}

/** No pattern and no long text of a caller keeps everybody else waiting. */
export const patterns: Probe = {
  name: 'every text of every handler is sent as a slow pattern and as a long text',
  classes: [127, 128],
  applies: withText,
  async run(siege) {
    const found: Finding[] = []
    for (const { entry, place } of handlerPlaces(siege)) {
      const { name } = place
      const slow = await slowest(siege, entry, place, slowPatterns, quickPattern, noticeable)
      if (slow)
        found.push(
          hole(128, slow.exchange, {
            says: `A pattern that is sent as ${name} stops everything else while it is matched`,
            hint: 'Match patterns of callers with pattern(…), which takes linear time.',
            evidence: slow.evidence,
          }),
        )
      const long = await slowest(siege, entry, place, longTexts, shortText, noticeable * 5)
      if (long)
        found.push(
          hole(127, long.exchange, {
            says: `A long text that is sent as ${name} stops everything else while it is read`,
            hint: 'Look at the patterns that it is matched with, and give it a max.',
            evidence: long.evidence,
          }),
        )
    }
    return found
  },
}
