import { command } from '../command/command.ts'
import { exit } from '../command/exit.ts'
import { newSecret } from '../project/secret-file.ts'

export const secretsNew = command({
  name: 'secrets new',
  summary: 'Print a new secret for BEDE_SECRET',
  about: `Draws 32 random bytes and prints them as base64url. Nothing is written anywhere else: keep it where the
process finds it as BEDE_SECRET, apart from the database and its backups.`,
  arguments: [],
  options: {},
  examples: [{ line: 'bede secrets new', says: 'A secret to copy into the vault that your deployment reads' }],
  async run({ terminal }) {
    terminal.out(newSecret())
    return exit.fine
  },
})
