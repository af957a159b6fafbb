/** Where processes that share a database hear of each other's writes. */
export const changedChannel = 'bede_changed'

/** A notification has at most 8,000 bytes. */
const longest = 7_900
/** Stands for every model. */
const everything = '*'

/** The models whose rows have changed, as one notification. Equal ones of a transaction are sent once. */
export function changedPayload(models: readonly string[]): string {
  const text = models.join(',')
  return Buffer.byteLength(text) > longest ? everything : text
}

/** Undefined: everything may have changed. */
export const readChanged = (payload: string): readonly string[] | undefined =>
  payload === everything || payload === '' ? undefined : payload.split(',')
