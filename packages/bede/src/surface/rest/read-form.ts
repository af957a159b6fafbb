import type { Json } from '../../expr/value.ts'
import { formMedia } from '../../manifest/body-kind.ts'
import type { InputField } from '../../manifest/manifest.ts'
import type { HttpLimits } from '../http/options.ts'
import { decodeComponent, parseQuery } from '../http/request/query-string.ts'
import type { Exchange } from '../http/route.ts'
import { formValues, listsOf } from './form-values.ts'

/** The members of a form without files (`application/x-www-form-urlencoded`, WHATWG URL §5.1), each by its declared type. */
export async function readForm(
  exchange: Exchange,
  fields: Readonly<Record<string, InputField>>,
  limits: HttpLimits,
): Promise<Json> {
  const body = await exchange.text([formMedia])
  return formOf(body?.text ?? '', fields, limits)
}

export function formOf(text: string, fields: Readonly<Record<string, InputField>>, limits: HttpLimits): Json {
  const sent = parseQuery(text, limits.queryParameters, listsOf(fields), '/body')
  return formValues(
    sent.map(({ name, raw }) => ({ name, text: decodeComponent(raw, '/body') })),
    fields,
    limits,
  )
}
