/** How somebody has shown who they are, in a first step. */
export const methods = ['register', 'password'] as const
export type Method = (typeof methods)[number]
