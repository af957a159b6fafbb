import type { Mailbox } from '../../adapters/mailbox.ts'
import { Problem } from '../../telemetry/problem.ts'
import { type HttpAnswer, jsonAnswer } from '../http/answer/answer.ts'
import { refuseBody } from '../http/request/body.ts'
import type { Exchange } from '../http/route.ts'
import type { Surface } from '../surface.ts'
import { checkLocal } from './local.ts'
import { linksOf, listPage, mailboxPath, mailPage, policy } from './page.ts'

/** Shows what was sent to whoever develops the app, and to nobody else; never mounted in production. */
export const mailboxPages = (mailbox: Mailbox): Surface => ({
  name: 'mailbox',
  mount(_manifest, _engine, server) {
    const shown = (path: string, answer: (exchange: Exchange) => HttpAnswer): void =>
      server.route({
        method: 'GET',
        path,
        rule: { open: 'shows mails in development, to this machine alone' },
        answer: async (exchange) => {
          checkLocal(exchange.request)
          refuseBody(exchange.request)
          return answer(exchange)
        },
      })
    shown(mailboxPath, () => htmlAnswer(listPage(mailbox.list())))
    shown(`${mailboxPath}.json`, () =>
      jsonAnswer(
        200,
        JSON.stringify({ mails: mailbox.list().map((mail) => ({ ...mail, links: linksOf(mail) })) }),
        uncached,
      ),
    )
    shown(`${mailboxPath}/:id`, ({ params }) => {
      const mail = mailbox.list().find(({ id }) => id === params.id)
      if (!mail) throw new Problem('not-found', { message: 'There is no such mail any more.' })
      return htmlAnswer(mailPage(mail))
    })
  },
})

const uncached = { 'Cache-Control': 'no-store' }

const htmlAnswer = (body: string): HttpAnswer => ({
  status: 200,
  page: 'docs',
  headers: { 'Content-Type': 'text/html; charset=utf-8', ...uncached },
  body,
  policy,
})
