import type { Base } from '../../engine/boot.ts'
import type { Manifest } from '../../manifest/manifest.ts'
import { platform } from '../../manifest/platform/names.ts'
import { type Delivery, type MailSetup, startDelivery } from './delivery.ts'
import { createOutbox, type LanguageField } from './outbox.ts'
import { createPost, type Post } from './post.ts'
import { createWriter } from './write.ts'

/** The mails of one backend: where they are handed in, and how they leave. */
export interface Mailing {
  readonly post: Post
  /** Begins to deliver what waits, and what comes. */
  deliver(setup: MailSetup): void
  stop(): Promise<void>
}

export function createMailing(base: Base): Mailing {
  const { planner, keys, clock, manifest, hearing } = base
  const outbox = createOutbox(planner, keys, languageFieldOf(manifest))
  let delivery: Delivery | undefined
  // Told when a mail's transaction has committed.
  hearing.keep({
    changed: (models) => {
      if (!models || models.includes(platform.mail)) delivery?.wake()
    },
    hears: () => {},
  })
  return {
    post: createPost(outbox, clock),
    deliver(setup) {
      delivery = startDelivery(base, setup, outbox, createWriter(manifest))
    },
    async stop() {
      await delivery?.stop()
    },
  }
}

/** Undefined: no account says its language. */
function languageFieldOf({ identity, mail }: Manifest): LanguageField | undefined {
  if (!identity || mail?.languageField === undefined) return undefined
  return { model: identity.model, login: identity.login, field: mail.languageField }
}
