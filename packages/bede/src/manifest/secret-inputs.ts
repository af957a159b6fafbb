import type { InputField } from './manifest.ts'

type Fields = Readonly<Record<string, InputField>>

/** Whether an input is of kind `secret`, or holds one that is. */
export const isSecret = (field: InputField): boolean =>
  field.type.kind === 'secret' ||
  (field.items !== undefined && isSecret(field.items)) ||
  (field.fields !== undefined && hasSecrets(field.fields))

/** Whether any input is of kind `secret`. */
export const hasSecrets = (fields: Fields): boolean => Object.values(fields).some(isSecret)
