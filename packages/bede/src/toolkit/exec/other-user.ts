/** Nobody's number, on every Linux: where this process is root's, what it runs has other rights. */
const nobody = 65_534

/** The user a program runs as, where it is not the one of this process. */
export const otherUser = (): { readonly uid: number; readonly gid: number } | undefined =>
  process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : undefined
