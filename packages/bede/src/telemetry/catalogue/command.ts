/** What the command refuses. */
export const command = {
  usage: { status: 500, title: 'The command was not understood' },
  'no-app': { status: 500, title: 'There is no app file here' },
  'not-an-app': { status: 500, title: 'The file does not export an app' },
  'broken-module': { status: 500, title: 'A file of the project could not be loaded' },
  'unknown-operation': { status: 500, title: 'There is no operation of that name' },
  'folder-in-use': { status: 500, title: 'The folder is not empty' },
  'invalid-file': { status: 500, title: 'A file of rows cannot be read' },
  'cannot-write': { status: 500, title: 'A file or folder cannot be written' },
  'cannot-listen': { status: 500, title: 'The address cannot be listened on' },
} as const
