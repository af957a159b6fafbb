import type { Manifest } from './manifest.ts'

const known = new WeakSet<Manifest>()

/** To be called with a frozen manifest that `verify` found nothing in. */
export function rememberVerified(manifest: Manifest): void {
  known.add(manifest)
}

/** Whether this very manifest was verified; a copy of it, in which anything may be changed, was not. */
export const isVerified = (manifest: Manifest): boolean => known.has(manifest)
