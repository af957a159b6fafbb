import { forgedCredentials, limitedKeys, otherForms } from './credentials.ts'
import { downloads, signedAddresses } from './downloads.ts'
import { everyone } from './everyone.ts'
import { fileContents, unpacking } from './file-contents.ts'
import { injectedCommands, innerRequests, paths, patterns, redirects } from './handlers.ts'
import { statementsInValues, unknownNames } from './hostile-input.ts'
import { deepBodies, listLimits, repeats } from './limits.ts'
import { massAssignment } from './mass-assignment.ts'
import type { Probe } from './probe.ts'
import { races } from './races.ts'
import { uploads } from './uploads.ts'

/** Every probe, in the order in which they run. */
export const probes: readonly Probe[] = [
  everyone,
  forgedCredentials,
  limitedKeys,
  otherForms,
  massAssignment,
  unknownNames,
  statementsInValues,
  paths,
  injectedCommands,
  innerRequests,
  redirects,
  patterns,
  uploads,
  fileContents,
  unpacking,
  downloads,
  signedAddresses,
  listLimits,
  repeats,
  races,
  deepBodies,
]
