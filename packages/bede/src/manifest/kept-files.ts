/** So many files, so many bytes. Absent: as many as there is room for. */
export interface RoomDefinition {
  readonly count?: number
  readonly bytes?: number
}

/** How much one account may keep, of all its files together. */
export interface FilesDefinition extends RoomDefinition {
  /** Those who have not signed in, by where they come from. */
  readonly anonymous: RoomDefinition
  /** What one account or address may have begun to send, and how many seconds it may take. */
  readonly uploads: RoomDefinition & { readonly for: number }
}
