/** The database schema of everything Bede keeps for itself. */
export const platformSchema = 'bede'

/** The names of the platform's own models. Where they carry no policies, only the system reaches them (law 3). */
export const platform = {
  /** Events on their way to subscribers; written with the change they tell of (law 7). */
  outbox: 'bede_outbox',
  /** Answers kept for `Idempotency-Key`; unique by scope and key, which decides between two that come at once. */
  idempotency: 'bede_idempotency',
  /** Keys the backend made for itself at its first start. */
  secret: 'bede_secret',
  /** Signed-in sessions, by the hash of their token. */
  session: 'bede_session',
  /** The keys that sign tokens. */
  signingKey: 'bede_signing_key',
  /** What works once: links and codes that were sent or shown, by their hash. */
  oneTime: 'bede_one_time',
  /** Keys of programs that call with the rights of an account, by their hash. */
  apiKey: 'bede_api_key',
  /** Accounts that are no person's. */
  service: 'bede_service',
  /** What happened to accounts and their credentials, and who did it. */
  audit: 'bede_audit',
  /** What Bede knows of an account beside the app's own fields. */
  accountState: 'bede_account',
  /** Addresses that accounts are on their way to. */
  emailChange: 'bede_email_change',
  /** What may be done only so often, and how often it was. */
  allowance: 'bede_allowance',
  /** Mails on their way; written with the change they tell of, and deleted when they were sent. */
  mail: 'bede_mail',
  /** Who belongs to which organization. */
  membership: 'bede_membership',
  /** Who has been asked to join one. */
  invitation: 'bede_invitation',
  /** The secrets of authenticator apps. */
  totp: 'bede_totp',
  /** What stands in for an authenticator app that is lost, by the hash of each. */
  recoveryCode: 'bede_recovery_code',
  /** Passkeys: their public keys. */
  passkey: 'bede_passkey',
  /** Files that are kept. */
  file: 'bede_file',
  /** Files that are being sent, in parts. */
  upload: 'bede_upload',
  /** What has come of them so far. */
  uploadPart: 'bede_upload_part',
} as const
