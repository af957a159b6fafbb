import { forgedCredentials, limitedKeys, otherForms } from './credentials.ts'
import { everyone } from './everyone.ts'
import { injectedCommands, innerRequests, paths, patterns, redirects } from './handlers.ts'
import { statementsInValues, unknownNames } from './hostile-input.ts'
import { deepBodies, listLimits, repeats } from './limits.ts'
import { massAssignment } from './mass-assignment.ts'
import type { Probe } from './probe.ts'
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
  listLimits,
  repeats,
  deepBodies,
]
