import { setFlagsFromString } from 'node:v8'

/** Lets V8's young generation grow under load; `bin/bede.js` keeps it small while the app starts. */
export const letYoungGenerationGrow = (): void => setFlagsFromString('--semi-space-growth-factor=2')
