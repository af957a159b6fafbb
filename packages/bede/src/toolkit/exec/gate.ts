import type { ChildProcess } from 'node:child_process'
import type { Duplex } from 'node:stream'

/** The descriptor that a gate is read from: the first after standard input, output and error. */
export const gateDescriptor = 3

/**
 * A command that waits, before it becomes another, until it is let go of: so that a process is in its control group before
 * it can start any. Where nobody is left to let go of it, it ends. The script is always this one, and the command no part
 * of it.
 */
export const gated = (command: readonly string[]): readonly string[] => [
  '/bin/sh',
  '-c',
  `read -r go <&${gateDescriptor} && exec ${gateDescriptor}<&- "$@"`,
  'sh',
  ...command,
]

export function letGo({ stdio }: ChildProcess): void {
  const gate = stdio[gateDescriptor] as Duplex // as it was spawned with
  // It may have been ended in the meantime.
  gate.on('error', () => {})
  gate.end('go\n')
}
