import { Settings } from 'typebox/system'

/** Runs `errors` so that the validator stops at `limit` errors instead of at a few. */
export function allErrors<T>(limit: number, errors: () => T): T {
  // The setting is global to the package: it is put back, so that nobody else's validation changes.
  const { maxErrors } = Settings.Get()
  Settings.Set({ maxErrors: limit })
  try {
    return errors()
  } finally {
    Settings.Set({ maxErrors })
  }
}
