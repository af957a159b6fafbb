import type { Manifest } from '../manifest/manifest.ts'

/** Names of fields that some model keeps from callers or from the database: no log line shows what stands under them. */
export const concealedFields = ({ models }: Manifest): ReadonlySet<string> =>
  new Set(
    Object.values(models).flatMap(({ fields }) =>
      Object.entries(fields).flatMap(([name, field]) =>
        field.private || field.type.kind === 'encrypted' || field.type.kind === 'secret' ? [name] : [],
      ),
    ),
  )
