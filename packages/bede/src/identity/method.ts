/** How somebody has shown who they are, in a first step. */
export const methods = ['register', 'password', 'magic-link', 'email-code', 'passkey'] as const
export type Method = (typeof methods)[number]
