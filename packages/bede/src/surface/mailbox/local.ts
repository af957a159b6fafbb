import type { IncomingMessage } from 'node:http'
import { Problem } from '../../telemetry/problem.ts'
import { isLoopback } from '../http/edge/listen-address.ts'

/** What somebody who passes a request on adds to it. */
const passedOn = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'via']

/**
 * Lets a request pass that a program of this machine sends to a name of this machine: not one from the network, not one
 * that another site's page sends, not one to a foreign name that was made to mean this machine (DNS rebinding), and not
 * one that a tunnel passes on. Throws a Problem `forbidden`.
 */
export function checkLocal({ socket, headers }: IncomingMessage): void {
  const near =
    isLoopback(socket.remoteAddress ?? '') &&
    isLocalHost(headers.host ?? '') &&
    (headers.origin === undefined || isLocalOrigin(headers.origin)) &&
    passedOn.every((name) => headers[name] === undefined)
  if (near) return
  throw new Problem('forbidden', {
    message: 'Mails are shown to this machine alone.',
    hint: 'Open the page on the machine that runs bede dev, at http://127.0.0.1 or http://localhost and its port.',
  })
}

const isLocalHost = (host: string): boolean =>
  isLoopback(
    host
      .toLowerCase()
      .replace(/:\d{1,5}$/, '')
      .replace(/^\[(.*)\]$/, '$1'),
  )

const isLocalOrigin = (origin: string): boolean => URL.canParse(origin) && isLocalHost(new URL(origin).host)
