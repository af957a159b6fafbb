import type { UploadDefinition } from '../../../manifest/manifest.ts'
import { platformSchema } from '../../../manifest/platform/names.ts'
import { anything } from '../../../toolkit/content/sniff.ts'
import { shownSize } from '../../../toolkit/size.ts'
import type { Finding } from '../finding.ts'
import { endingOf } from '../inventory/made-up-file.ts'
import { type Exchange, succeeded } from '../target/exchange.ts'
import type { Target } from '../target/target.ts'
import { hole } from './found.ts'
import { holding, settled } from './held-memory.ts'
import { bombs, disguises, hugePicture, oversized, unpacked } from './hostile-files.ts'
import type { Probe } from './probe.ts'
import { type Sending, sendings, takesFiles, withFile } from './sent-files.ts'

/** Larger files than this are not sent: what is refused for its length is refused whatever the length. */
const largestSent = 67_108_864

const rulesOf = ({ entry }: Sending): readonly UploadDefinition[] => Object.values(entry.files)

/** Whether no file of an operation may be of this type. */
const refuses = (sending: Sending, type: string): boolean =>
  rulesOf(sending).every(({ types }) => !types.includes(type) && !types.includes(anything))

/** What a file is, its bytes say; how long it may be, its declaration. */
export const fileContents: Probe = {
  name: 'files are sent that are not what they say, that are too long, and pictures that say they are huge',
  classes: [19, 109, 115, 116],
  applies: takesFiles,
  async run(siege) {
    const { target } = siege
    const found: Finding[] = []
    for (const sending of sendings(siege)) {
      for (const { what, is, bytes } of disguises) {
        if (!refuses(sending, is)) continue
        const exchange = await target.send(
          withFile(sending, () => ({ bytes })),
          sending.as,
        )
        found.push(...undone(exchange, target))
        if (succeeded(exchange))
          found.push(
            hole(115, exchange, {
              says: `It takes ${what} under the name and the type of another file`,
              hint: 'Let the bytes decide what a file is: name its types in files, and not application/octet-stream.',
            }),
          )
      }
      const long = withFile(sending, ({ type }, { max }) => {
        const bytes = max < largestSent ? oversized(type, max) : undefined
        return bytes && { bytes }
      })
      if (long.files?.some(({ bytes, field }) => bytes.length > (sending.entry.files[field]?.max ?? 0))) {
        const exchange = await target.send(long, sending.as)
        found.push(...undone(exchange, target))
        if (succeeded(exchange))
          found.push(
            hole(109, exchange, {
              says: `It takes a file that is longer than declared (${rulesOf(sending)
                .map(({ max }) => shownSize(max))
                .join(', ')})`,
              hint: 'Read files from uploads, which end where their max is.',
            }),
          )
      }
      const side = 50_000
      if (rulesOf(sending).every(({ types, pixels }) => types.includes('image/png') && pixels < side * side)) {
        const huge = withFile(sending, () => ({
          bytes: hugePicture(side),
          type: 'image/png',
          name: `huge.${endingOf('image/png')}`,
        }))
        const exchange = await target.send(huge, sending.as)
        found.push(...undone(exchange, target))
        if (succeeded(exchange))
          found.push(
            hole(116, exchange, {
              says: `It takes a picture of ${side} by ${side} dots, which is more than declared`,
              hint: 'Say how many pixels a picture may have, in its files.',
            }),
          )
      }
    }
    return found
  },
}

/** A file that is refused leaves no row behind. */
function undone(exchange: Exchange, { manifest }: Target): readonly Finding[] {
  const [left] = exchange.changes.filter(({ model }) => manifest.models[model]?.schema !== platformSchema)
  if (succeeded(exchange) || !left) return []
  return [
    hole(19, exchange, {
      says: `A file is refused with ${exchange.status}, and ${left.model} was ${left.kind} all the same`,
      hint: 'Write rows in the transaction of the handler, and let what refuses throw.',
    }),
  ]
}

/** Of what is unpacked at once this much is held at the same time; what is read in parts never comes near. */
const noticeable = unpacked / 2

/** What is unpacked has an end that its sender does not choose. */
export const unpacking: Probe = {
  name: 'archives are sent that are small and unpack to a quarter of a gigabyte',
  classes: [116],
  applies: (entries) =>
    entries.some(({ files }) => Object.values(files).some(({ types }) => bombs.some(([one]) => types.includes(one)))) ||
    'no operation takes archives',
  async run(siege) {
    const found: Finding[] = []
    for (const sending of sendings(siege)) {
      for (const [type, what, made] of bombs) {
        if (!rulesOf(sending).some(({ types }) => types.includes(type))) continue
        const bytes = made()
        const bomb = withFile(sending, ({ name }, { types, max }) =>
          types.includes(type) && bytes.length <= max
            ? { bytes, type, name: name.replace(/\.[\w.]+$/, `.${endingOf(type)}`) }
            : undefined,
        )
        if (!bomb.files?.some((file) => file.bytes === bytes)) continue
        const { done: exchange, held } = await holding(() => siege.target.send(bomb, sending.as), await settled())
        if (held < noticeable) continue
        found.push(
          hole(116, exchange, {
            says: `All that ${what} unpacks to is held at once, and it unpacks to a thousand times what was sent`,
            hint: 'Read archives with archive.read(…), which ends at its limits.',
            evidence: `${shownSize(bytes.length)} sent, ${shownSize(held)} held`,
          }),
        )
      }
    }
    return found
  },
}
