import type { Random } from './random.ts'

type Words = readonly [string, ...string[]]
interface Subject {
  readonly tag: string
  readonly things: Words
  readonly qualities: Words
}

const subjects: readonly [Subject, ...Subject[]] = [
  {
    tag: 'databases',
    things: ['index', 'query plan', 'migration', 'transaction', 'replica'],
    qualities: ['boring', 'consistent', 'normalized'],
  },
  {
    tag: 'typescript',
    things: ['type guard', 'generic', 'union', 'compiler error', 'interface'],
    qualities: ['strict', 'inferred', 'readonly'],
  },
  {
    tag: 'cooking',
    things: ['sourdough', 'stock', 'cast-iron pan', 'sharp knife', 'pickle'],
    qualities: ['slow', 'salted', 'seasonal'],
  },
  {
    tag: 'gardening',
    things: ['compost heap', 'tomato', 'hedge', 'seed tray', 'raised bed'],
    qualities: ['mulched', 'patient', 'shaded'],
  },
  {
    tag: 'travel',
    things: ['night train', 'harbor', 'border crossing', 'paper map', 'mountain pass'],
    qualities: ['overnight', 'remote', 'unhurried'],
  },
  {
    tag: 'music',
    things: ['chord', 'bass line', 'first take', 'metronome', 'old record'],
    qualities: ['warm', 'quiet', 'syncopated'],
  },
  {
    tag: 'history',
    things: ['archive', 'trade route', 'ledger', 'lighthouse', 'treaty'],
    qualities: ['forgotten', 'disputed', 'coastal'],
  },
  {
    tag: 'design',
    things: ['grid', 'margin', 'typeface', 'door handle', 'sign'],
    qualities: ['plain', 'legible', 'honest'],
  },
  {
    tag: 'running',
    things: ['long run', 'hill', 'rest day', 'pair of shoes', 'race'],
    qualities: ['easy', 'steady', 'early'],
  },
  {
    tag: 'books',
    things: ['second-hand novel', 'footnote', 'library card', 'translation', 'last chapter'],
    qualities: ['unfinished', 'annotated', 'thin'],
  },
  {
    tag: 'astronomy',
    things: ['comet', 'dark sky', 'telescope', 'meteor shower', 'eclipse'],
    qualities: ['faint', 'distant', 'cold'],
  },
  {
    tag: 'woodworking',
    things: ['dovetail', 'hand plane', 'workbench', 'oak board', 'chisel'],
    qualities: ['square', 'seasoned', 'hand-cut'],
  },
]

const moreTags = [
  'beginners',
  'opinion',
  'notes',
  'mistakes',
  'tools',
  'practice',
  'weekend',
  'long-read',
  'how-to',
  'lessons',
]

const titles: readonly [(s: Shown) => string, ...((s: Shown) => string)[]] = [
  ({ thing, quality }) => `In praise of the ${quality} ${thing}`,
  ({ thing }) => `What nobody tells you about your first ${thing}`,
  ({ thing, other }) => `From ${thing} to ${other}: a year of notes`,
  ({ thing, years }) => `${years} years with the same ${thing}`,
  ({ thing, other }) => `The ${thing}, the ${other} and what lies between them`,
  ({ thing, quality }) => `How a ${quality} ${thing} changed my mind`,
  ({ thing }) => `A short guide to the ${thing}`,
  ({ thing, quality }) => `Is the ${thing} ${quality} enough?`,
  ({ thing, other }) => `You do not need another ${other}, you need a better ${thing}`,
]

const sentences: readonly [(s: Shown) => string, ...((s: Shown) => string)[]] = [
  ({ thing }) => `Most people meet the ${thing} late, and on a bad day.`,
  ({ thing, quality }) => `A ${quality} ${thing} is rarely an accident.`,
  ({ years, thing }) => `It took me ${years} years to stop blaming the ${thing}.`,
  ({ other }) => `Then somebody lent me a ${other}, and I have not given it back.`,
  ({ quality }) => `The trick, if it is one, is to keep things ${quality} for longer than feels right.`,
  ({ thing, other }) => `Ask ten people about the ${thing} and eight will tell you about their ${other}.`,
  () => 'I wrote it down, because I knew that I would forget.',
  ({ quality }) => `None of this is new; it is only ${quality}.`,
  ({ thing }) => `If you change one habit this month, begin with the ${thing}.`,
  ({ other, quality }) => `There are exceptions, and the ${quality} ${other} is the best of them.`,
  () => 'The numbers are at the end; the story is shorter.',
  ({ thing }) => `You will know that it works when you no longer notice the ${thing}.`,
]

const remarks: Words = [
  'This matches what I have seen, down to the numbers.',
  'I tried it last weekend and it held up.',
  'I disagree about the ending, and I enjoyed getting there.',
  'Could you say more about the second paragraph?',
  'Sending this to everybody I work with.',
  'The opposite happened to us, for what it is worth.',
  'Short, clear, and I learned something. Thank you.',
  'Has anybody measured this?',
  'I came here to argue and left with a plan.',
  'Bookmarked. See you in a year.',
]

interface Shown {
  readonly thing: string
  readonly other: string
  readonly quality: string
  readonly years: string
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** An article as somebody might have written it. */
export const writeArticle = (random: Random) => {
  const subject = random.of(subjects)
  const shown = (): Shown => {
    const [thing = '', other = ''] = random.some(subject.things, 2)
    const years = random.of(['Two', 'Three', 'Five', 'Eight', 'Ten'])
    return { thing, other, quality: random.of(subject.qualities), years }
  }
  const lower = (s: Shown): Shown => ({ ...s, years: s.years.toLowerCase() })
  const sentence = () => random.of(sentences)(lower(shown()))
  const paragraph = () => Array.from({ length: 3 + random.below(4) }, sentence).join(' ')
  const body = Array.from({ length: 3 + random.below(4) }, paragraph)
  return {
    title: capital(random.of(titles)(shown())),
    description: sentence(),
    body: [body[0], `## ${capital(random.of(subject.things))}`, ...body.slice(1)].join('\n\n'),
    tags: [subject.tag, ...random.some(moreTags, random.below(4))],
  }
}

export const writeComment = (random: Random): string => random.some(remarks, 1 + random.below(2)).join(' ')

const first: Words = [
  'Ada',
  'Bao',
  'Chidi',
  'Dalia',
  'Emre',
  'Freya',
  'Goran',
  'Hana',
  'Ines',
  'Jonas',
  'Kavya',
  'Lior',
  'Mei',
  'Nadia',
  'Oskar',
  'Priya',
]
const last: Words = ['Abara', 'Brandt', 'Castro', 'Dunn', 'Eriksen']

/** Different names, at most as many as there are. */
export const names: readonly string[] = first.flatMap((name) => last.map((family) => `${name} ${family}`))
