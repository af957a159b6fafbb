import { Problem } from '../../telemetry/problem.ts'

/** A template puts a value where no escaping makes it safe. It is the template's mistake, whatever the value is. */
export const misplaced = (where: string, hint: string, near: string): Problem =>
  new Problem('unsafe-html', {
    message: `A value stands ${where} in the template, near: …${near.slice(-60).trimStart()}\${…}`,
    hint,
  })
