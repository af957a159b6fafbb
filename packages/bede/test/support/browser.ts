import { existsSync } from 'node:fs'
import { after } from 'node:test'
import { type Browser, chromium } from 'playwright-core'

/** Where Debian and its kin have it; `BEDE_TEST_CHROMIUM` names another. */
const executable = process.env.BEDE_TEST_CHROMIUM ?? '/usr/bin/chromium'

export const NO_BROWSER = 'no Chromium: set BEDE_TEST_CHROMIUM'
/** Why tests in a browser are skipped; false when they run. */
export const noBrowser: string | false = existsSync(executable) ? false : NO_BROWSER

/** One browser for a test file, opened when it is first asked for and closed when the file has run. Call it outside of tests. */
export function testBrowser(): () => Promise<Browser> {
  let opened: Promise<Browser> | undefined
  after(async () => (await opened)?.close())
  const args = ['--no-sandbox', '--disable-dev-shm-usage']
  return () => (opened ??= chromium.launch({ executablePath: executable, args }))
}
