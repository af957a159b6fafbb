import { attackClass } from '../attack-class.ts'
import { type Finding, shortened } from '../finding.ts'
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
