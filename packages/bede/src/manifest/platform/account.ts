import type { ValueType } from '../../expr/value.ts'
import type { FieldDefinition, ModelDefinition } from '../../model/definition.ts'
import type { ActorDefinition } from '../manifest.ts'

/** The model whose rows are accounts, and the type of its id. */
export interface AccountModel {
  readonly model: string
  readonly idType: ValueType
}

/** The model that signs in; undefined where the actor is nobody's. */
export function accountModelOf(
  { model }: ActorDefinition,
  models: Readonly<Record<string, ModelDefinition>>,
): AccountModel | undefined {
  const account = model !== undefined && Object.hasOwn(models, model) ? models[model] : undefined
  const idType = account && Object.hasOwn(account.fields, account.id) ? account.fields[account.id]?.type : undefined
  return model === undefined || idType === undefined ? undefined : { model, idType }
}

/** The type of a reference to an account. */
export const accountRef = ({ model, idType }: AccountModel): ValueType => ({
  kind: 'ref',
  model,
  ...(idType.integer ? { integer: true as const } : {}),
})

/** The account something belongs to; it goes when the account goes. */
export const accountId = ({ model, idType }: AccountModel, more: Partial<FieldDefinition> = {}): FieldDefinition => ({
  type: accountRef({ model, idType }),
  column: 'account_id',
  immutable: true,
  onDelete: 'cascade',
  ...more,
})
