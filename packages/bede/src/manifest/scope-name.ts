/** Scopes of identity's own operations begin with this: no operation of an app is opened by one of them by accident. */
export const ownScopes = 'auth.'

const read = ':read'
const write = ':write'

/** The scope of reading, or of writing, what `resource` names: `articles:read`. */
export const scopeOf = (resource: string, kind: 'read' | 'write' | 'invoke'): string =>
  resource + (kind === 'read' ? read : write)

/** Whether it is the scope of something that writes nothing. */
export const onlyReads = (scope: string): boolean => scope.endsWith(read)
