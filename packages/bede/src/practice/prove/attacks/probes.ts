import { forgedCredentials, limitedKeys, otherForms } from './credentials.ts'
import { downloads, signedAddresses } from './downloads.ts'
import { enumeration } from './enumeration.ts'
import { everyone } from './everyone.ts'
import { fileContents, unpacking } from './file-contents.ts'
import { injectedCommands, innerRequests, paths, patterns, redirects } from './handlers.ts'
import { statementsInValues, unknownNames } from './hostile-input.ts'
import { inParts } from './in-parts.ts'
import { deepBodies, listLimits, repeats } from './limits.ts'
import { mailedSignIn } from './mailed-sign-in.ts'
import { massAssignment } from './mass-assignment.ts'
import { numbers } from './numbers.ts'
import { passwordReset, takeovers } from './password-reset.ts'
import type { Probe } from './probe.ts'
import { races } from './races.ts'
import { secondFactors } from './second-factor.ts'
import { uploads } from './uploads.ts'

/** Every probe, in the order in which they run. */
export const probes: readonly Probe[] = [
  everyone,
  forgedCredentials,
  limitedKeys,
  otherForms,
  secondFactors,
  passwordReset,
  takeovers,
  mailedSignIn,
  enumeration,
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
  inParts,
  downloads,
  signedAddresses,
  listLimits,
  numbers,
  repeats,
  races,
  deepBodies,
]
