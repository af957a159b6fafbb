import type { Base } from '../../engine/boot.ts'
import { type Mail, MailFailure, type Sender } from './mail.ts'
import type { Claimed, Outbox } from './outbox.ts'
import type { Write } from './write.ts'

/** How mails leave a place. */
export interface MailSetup {
  readonly by: Mail
  readonly from: Sender
  /** What every link begins with: `https://app.example`. A function where it is known only once the server listens. */
  readonly origin: string | (() => string)
}

export interface Delivery {
  /** There may be something to send. */
  wake(): void
  /** Lets what is being sent end, for a while, and then stops it. */
  stop(): Promise<void>
}

/** Mails sent at the same time by one process, each on a connection of its own. */
const atOnce = 4
/** Milliseconds between two looks for what other processes have written, or left. */
const interval = 5_000
/** Milliseconds in which what was written together is found together. */
const gathering = 20
/** Milliseconds in which one mail must have left. */
const longestSend = 60_000
/** Seconds for which a mail is one process's own. Longer than it takes to send it: by then the process is gone. */
const lease = 150
/** Seconds before the second attempt; doubled each time, with a random part so that not all come back at once. */
const firstPause = 5
const longestPause = 3_600
/** Seconds after which a mail that did not leave is given up. */
const patience = 86_400
/** Seconds for which what was given up stays to be looked at. */
const keptFor = 30 * 86_400
/** Milliseconds between two looks for what has stayed long enough. */
const purgeEvery = 3_600_000
/** Milliseconds that a stop waits for what is being sent. */
const lastWords = 3_000

/**
 * Sends what is in the outbox, in the background: soon after it is woken, and every few seconds what others have left.
 * Many processes may do so: each mail is taken on by one of them at a time.
 */
export function startDelivery(
  { connection, log, clock, background, tell }: Pick<Base, 'connection' | 'log' | 'clock' | 'background' | 'tell'>,
  { by, from, origin }: MailSetup,
  outbox: Outbox,
  write: Write,
): Delivery {
  const cut = new AbortController()
  let ending = false
  let soon: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let asked = false
  let purged = Number.NEGATIVE_INFINITY

  const ageOf = ({ writtenAt }: Claimed): number => (clock().valueOf() - writtenAt.valueOf()) / 1000

  async function deliver(id: string): Promise<void> {
    const mail = await outbox.claim(connection, id, clock(), lease)
    if (!mail) return
    const about = { mail: id, template: mail.template, attempt: mail.attempts }
    try {
      if (ageOf(mail) > lifeOf(mail)) throw new MailFailure('it is too old to be of use', { permanent: true })
      const { values } = mail
      if (!values)
        throw new MailFailure('it was sealed under a secret that is not given any more', { permanent: false })
      const message = write({ ...mail, values }, { from, origin: typeof origin === 'string' ? origin : origin() })
      await by.send(message, AbortSignal.any([cut.signal, AbortSignal.timeout(longestSend)]))
    } catch (error) {
      await failed(mail, error, about)
      return
    }
    await outbox.sent(connection, id)
    log.info('a mail was sent', about)
  }

  async function failed(mail: Claimed, error: unknown, about: object): Promise<void> {
    // The words of any other error may hold what is in the mail.
    const said = error instanceof MailFailure ? error.message : `a mistake of the program (${nameOf(error)})`
    const pause = cut.signal.aborted ? 0 : pauseAfter(mail.attempts)
    if ((error instanceof MailFailure && error.permanent) || ageOf(mail) + pause > lifeOf(mail)) {
      await outbox.giveUp(connection, mail.id, said)
      log.error('a mail is given up', { ...about, error: said })
      tell('delivering a mail', new Error(`A mail of '${mail.template}' is given up: ${said}`))
      return
    }
    await outbox.again(connection, mail.id, clock(), pause, said)
    log.warn('a mail could not be sent and is tried again', { ...about, error: said, seconds: Math.ceil(pause) })
  }

  async function rounds(): Promise<void> {
    if (clock().valueOf() - purged > purgeEvery) {
      purged = clock().valueOf()
      await outbox.purge(connection, new Date(purged - keptFor * 1000))
    }
    let more = true
    while (more && !ending) {
      asked = false
      const ids = await outbox.due(connection, clock(), atOnce)
      const ended = await Promise.allSettled(ids.map(deliver))
      for (const one of ended) if (one.status === 'rejected') throw one.reason
      more = asked || ids.length === atOnce
    }
  }

  function run(): void {
    soon = undefined
    asked = true
    if (running || ending) return
    const current = rounds()
    running = current
    background('delivering mail', () =>
      current.finally(() => {
        running = undefined
      }),
    )
  }

  const wake = (): void => {
    soon ??= setTimeout(run, gathering)
  }
  const timer = setInterval(wake, interval)
  timer.unref()
  wake()
  return {
    wake,
    async stop() {
      ending = true
      clearInterval(timer)
      clearTimeout(soon)
      const end = setTimeout(() => cut.abort(), lastWords)
      await running?.catch(() => {}) // it was logged
      clearTimeout(end)
      await by.close()
    },
  }
}

/** Seconds for which the mail is of any use: what is in it expires. */
function lifeOf({ values = {} }: Claimed): number {
  const expires = Object.hasOwn(values, 'expires') ? Number(values.expires) : patience
  return Math.min(expires, patience)
}

const pauseAfter = (attempts: number): number =>
  Math.min(firstPause * 2 ** (attempts - 1), longestPause) * (0.75 + Math.random() / 2)

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error)
