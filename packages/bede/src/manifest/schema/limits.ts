import type { LimitsDefinition, OperationLimits, QuotaDefinition } from '../limits.ts'
import { closed, type Form, is, positive, ref, text } from './form.ts'

const quotaOrOff: Form = { anyOf: [ref('quota'), is('off')] }

export const limits: Readonly<Record<string, Form>> = {
  quota: closed<QuotaDefinition>({ points: positive, per: positive }, {}),
  limits: closed<LimitsDefinition>({}, { perActor: quotaOrOff, perKey: quotaOrOff, perAddress: quotaOrOff }),
  operationLimits: closed<OperationLimits>(
    { group: text },
    { perActor: ref('quota'), perKey: ref('quota'), perAddress: ref('quota') },
  ),
}
