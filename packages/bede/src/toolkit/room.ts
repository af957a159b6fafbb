interface Taking {
  on(event: 'drain' | 'close', f: () => void): unknown
  off(event: 'drain' | 'close', f: () => void): unknown
}

/** Waits until a stream takes more, or is closed. Nothing keeps listening to it then. */
export const room = (to: Taking): Promise<void> =>
  new Promise((resolve) => {
    const go = () => {
      to.off('drain', go)
      to.off('close', go)
      resolve()
    }
    to.on('drain', go)
    to.on('close', go)
  })
