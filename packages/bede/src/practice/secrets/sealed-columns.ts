import { encryptedColumns, type SealedColumn } from '../../engine/encryption/sealed-column.ts'
import type { Keys } from '../../engine/keys/keys.ts'
import { sealedApps } from '../../identity/second-factor/second-factor.ts'
import { sealedKeys } from '../../identity/signed/signing-keys.ts'
import type { Manifest } from '../../manifest/manifest.ts'

/** Every column that holds what is sealed for longer than a request or a mail lasts. */
export const sealedColumns = (manifest: Manifest, keys: Keys): readonly SealedColumn[] =>
  keys.apart ? [...encryptedColumns(manifest, keys), ...sealedApps(manifest, keys), ...sealedKeys(manifest, keys)] : []
