import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ground } from './ground.ts'
import { counted, run, type Scan } from './tool.ts'

/** Lists that Debian's packages bring: dirb's, and the one of wapiti's own search. */
const lists = [
  '/usr/share/dirb/wordlists/common.txt',
  '/usr/lib/python3/dist-packages/wapitiCore/data/attacks/busterPayloads.txt',
]

const methods =
  'GET HEAD POST PUT PATCH DELETE OPTIONS TRACE TRACK CONNECT PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK SEARCH PURGE LINK UNLINK DEBUG INVOKE QUERY get post X'.split(
    ' ',
  )

const headers =
  'User Remote-User X-User X-User-Id X-Forwarded-User X-Auth-User X-Authenticated-User X-Admin X-Role X-Actor X-Tenant X-Original-URL X-Rewrite-URL X-HTTP-Method-Override X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto X-Real-IP Forwarded Client-IP True-Client-IP CF-Connecting-IP Cookie X-Api-Key X-Access-Token X-Authorization Proxy-Authorization Debug X-Debug'.split(
    ' ',
  )

interface Hit {
  readonly input: Readonly<Record<string, string>>
  readonly status: number
}

/** Looks for what is there and not told of: paths, parameters, methods, headers that let somebody in. */
export async function ffuf({ url, token, calls }: Ground, folder: string, seconds: number): Promise<Scan> {
  const segments = calls.flatMap(({ path }) => path.split('?')[0]?.split('/').filter(Boolean) ?? [])
  const known = new Set([...calls.map(({ path }) => path.split('?')[0] ?? ''), '/docs', '/openapi.json', '/batch'])
  const words = new Set<string>(segments)
  for (const list of lists) {
    if (!existsSync(list)) continue
    for (const line of readFileSync(list, 'latin1').split('\n')) {
      const word = line.trim().replace(/^\/+/, '')
      if (word !== '' && /^[\x21-\x7e]+$/.test(word) && !/[?#]/.test(word)) words.add(word)
    }
  }
  for (const segment of segments)
    for (const end of ['.json', '.bak', '~', '.old', '/', '%20', '%00', '..;']) words.add(segment + end)
  const written = (name: string, all: Iterable<string>): string => {
    const file = join(folder, `${name}.txt`)
    writeFileSync(file, `${[...all].join('\n')}\n`)
    return file
  }
  const auth = ['-H', `Authorization: Token ${token}`]
  const wordList = written('words', words)
  const isPath = (base: string) => (word: string, status: number) => known.has(base + word) || status === 405
  const parameters = new Set(calls.flatMap(({ path }) => [...new URL(path, url).searchParams.keys()]))
  const answered = new Set([
    'HEAD',
    'OPTIONS',
    ...calls.flatMap(({ method, path }) => (path === '/api/user' ? [method] : [])),
  ])
  const rounds = [
    {
      what: 'paths',
      isKnown: isPath('/'),
      expected: '404',
      words: ['-u', `${url}/FUZZ`, '-w', wordList, ...auth, '-fc', '404'],
    },
    {
      what: 'paths below /api',
      isKnown: isPath('/api/'),
      expected: '404',
      words: ['-u', `${url}/api/FUZZ`, '-w', wordList, ...auth, '-fc', '404'],
    },
    {
      what: 'parameters of GET /api/articles',
      isKnown: (word: string) => parameters.has(word),
      expected: '422',
      words: ['-u', `${url}/api/articles?FUZZ=1`, '-w', wordList, ...auth, '-fc', '422'],
    },
    {
      what: 'methods of /api/user',
      isKnown: (word: string) => answered.has(word),
      expected: '400 or 405',
      words: ['-u', `${url}/api/user`, '-X', 'FUZZ', '-w', written('methods', methods), ...auth, '-fc', '400,405'],
    },
    {
      what: 'headers that let somebody in to GET /api/user',
      isKnown: () => false,
      expected: '401',
      words: ['-u', `${url}/api/user`, '-H', 'FUZZ: admin', '-w', written('headers', headers), '-fc', '401'],
    },
  ]
  const found: string[] = []
  const report: string[] = []
  for (const [index, { what, expected, isKnown, words: asked }] of rounds.entries()) {
    const file = join(folder, `ffuf-${index}.json`)
    const { said } = await run(
      'ffuf',
      [...asked, '-mc', 'all', '-t', '8', '-o', file, '-of', 'json', '-s'],
      seconds / rounds.length,
      folder,
    )
    const hits: readonly Hit[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).results : []
    if (!existsSync(file)) report.push(`${what}: ended before its end: ${said.slice(-200)}`)
    const told = hits.filter(({ input, status }) => !isKnown(input.FUZZ ?? '', status))
    const count = readFileSync(asked[asked.indexOf('-w') + 1] ?? '', 'utf8')
      .trim()
      .split('\n').length
    report.push(
      `${what}: ${count} words, ${hits.length - told.length} known, ${told.length} others not answered ${expected}`,
    )
    for (const { input, status } of told) found.push(`${what}: ${JSON.stringify(input.FUZZ)} is answered ${status}`)
  }
  return {
    tool: 'ffuf',
    version: (await run('ffuf', ['-V'], 10, folder)).said.trim().replace(/^ffuf version: /, ''),
    did: [
      `${words.size.toLocaleString('en')} words: the segments of the API's own paths, with endings of copies, and the lists of the Debian packages dirb and wapiti.`,
      'Signed in, as paths, as paths below /api and as parameters; methods; headers by which others let somebody in, not signed in.',
    ],
    findings: counted(found),
    report,
  }
}
