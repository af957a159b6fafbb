import { EventDeclaration } from '../../declare/event.ts'
import type { Emit } from '../../declare/handler.ts'
import type { CompiledOperation, EventDefinition, Manifest } from '../../manifest/manifest.ts'
import { platform } from '../../manifest/platform/names.ts'
import { Problem } from '../../telemetry/problem.ts'
import { admitWithin } from '../authorize.ts'
import { system } from '../call.ts'
import { type Validator, validatorOf } from '../input/validate.ts'
import { input, json, text } from '../internal-statement.ts'
import { handlerValues } from './mistake.ts'
import { type DbScope, runBound } from './scope.ts'

const row: CompiledOperation = {
  kind: 'write',
  auth: 'optional',
  input: {},
  write: {
    kind: 'create',
    model: platform.outbox,
    values: { event: input('event', text), payload: input('payload', json) },
  },
}

const validators = new WeakMap<EventDefinition, Validator>()

/**
 * Writes events to the outbox, in the transaction of the handler (law 7). A payload
 * that is not what the event declares is a mistake of the handler: a Problem `internal`.
 */
export const emitter =
  (scope: DbScope): Emit =>
  async (event: unknown, payload: unknown) => {
    const { manifest } = scope.work.runtime
    const definition = event instanceof EventDeclaration ? definitionOf(manifest, event.name) : undefined
    if (!definition)
      throw new Problem('not-exported', { message: `${scope.work.name} emits an event that no module of use exports` })
    const validate =
      validators.get(definition) ?? validatorOf({ kind: 'write', auth: 'optional', input: definition.payload })
    validators.set(definition, validate)
    const said = `emits '${definition.name}' with`
    const valid = handlerValues(scope.work.name, said, () => validate(payload))
    admitWithin(scope.work.operation, row, scope.actor)
    await runBound({ ...scope, actor: system('outbox') }, row, { event: definition.name, payload: valid })
  }

const definitionOf = ({ events }: Manifest, name: string): EventDefinition | undefined =>
  Object.values(events).find((event) => event.name === name)
