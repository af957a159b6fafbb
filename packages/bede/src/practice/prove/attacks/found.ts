import { attackClass } from '../attack-class.ts'
import { type Finding, type Leak, shortened } from '../finding.ts'
import { asCurl, type Exchange } from '../target/exchange.ts'

/** A hole of an attack class, shown by one exchange. */
export const hole = (
  number: number,
  exchange: Pick<Exchange, 'draft' | 'as' | 'shown' | 'status' | 'text'>,
  { says, hint, evidence }: { readonly says: string; readonly hint: string; readonly evidence?: string },
): Finding => ({
  number,
  rule: attackClass(number).title,
  operation: exchange.draft.entry.name,
  says,
  hint,
  reproduce: asCurl(exchange),
  evidence: shortened(evidence ?? `${exchange.status} ${exchange.text}`),
})

/** The same of a field that whoever asked is shown, and is not to be. */
export function leakOf(
  number: number,
  exchange: Parameters<typeof hole>[1],
  { of, by, hint }: { readonly of: Leak['of']; readonly by: string; readonly hint: string },
): Finding {
  const finding = hole(number, exchange, { says: `${by} is shown ${of}`, hint })
  return { ...finding, leak: { of, seen: [{ operation: finding.operation, by }] } }
}
