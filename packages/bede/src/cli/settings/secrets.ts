import { rootsOf } from '../../engine/keys/keys.ts'
import type { Secrets } from '../../engine/keys/root-secret.ts'
import { Problem } from '../../telemetry/problem.ts'
import type { Environment } from './reading.ts'

/**
 * `BEDE_SECRET`, and those that came before it in `BEDE_SECRET_PREVIOUS`, with commas between them. Undefined where there
 * is none. Throws a Problem `invalid-setting` that names each that is weak, and shows none.
 */
export function secretSettings({ BEDE_SECRET, BEDE_SECRET_PREVIOUS }: Environment): Secrets | undefined {
  const current = BEDE_SECRET?.trim() ?? ''
  const previous = (BEDE_SECRET_PREVIOUS ?? '').split(',').flatMap((one) => one.trim() || [])
  if (current === '' && previous.length === 0) return undefined
  if (current === '') {
    throw new Problem('invalid-setting', {
      message: 'BEDE_SECRET_PREVIOUS is set and BEDE_SECRET is not.',
      hint: 'Write the current secret in BEDE_SECRET; the previous ones only open what they have sealed.',
    })
  }
  rootsOf({ current, previous }, { current: 'BEDE_SECRET', previous: 'BEDE_SECRET_PREVIOUS' })
  return { current, previous }
}
