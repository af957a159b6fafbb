import { chmod, chown, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { folderMode } from '../scratch/loosen.ts'
import { otherUser } from './other-user.ts'

/** The folder that a program starts in: below one that stays this user's, so that what a crash leaves is found again. */
export async function ownFolder(scratch: string): Promise<string> {
  const folder = join(scratch, 'work')
  await mkdir(folder, folderMode)
  const user = otherUser()
  if (user) {
    await chown(folder, user.uid, user.gid)
    await chmod(scratch, passable)
  }
  return folder
}

/** Others pass through it and see nothing of it. */
const passable = 0o711
