/** One way in which backends have been broken, by its number in `docs/reference/attack-classes.md`. */
export interface AttackClass {
  readonly number: number
  readonly group: string
  readonly title: string
}

/** Every class, group by group: the one place their names are written in. The document is held to it by a test. */
const groups: readonly (readonly [group: string, classes: readonly (readonly [number: number, title: string])[]])[] = [
  [
    'Hidden data through the shape of the query',
    [
      [1, 'Filtering by what is hidden, through a relation'],
      [2, 'A hidden filter inside and, or, not'],
      [3, 'Sorting by what is hidden'],
      [4, 'Cursors and unique values as oracles'],
      [5, 'Computed and guarded fields as oracles'],
      [6, 'Aliases, groups and aggregates that uncover'],
      [7, 'Search over what is hidden'],
      [8, 'Change notices as an oracle'],
      [9, 'Copying a row with its hidden fields'],
      [10, 'Accounts shown raw by sign-in endpoints'],
      [11, 'Secrets in history and logs'],
      [12, 'A forbidden filter that is dropped'],
      [13, 'Errors that tell of the inside'],
      [14, 'Row security that leaks in the database'],
    ],
  ],
  [
    'Authorization of objects and functions',
    [
      [15, 'Guessed and colliding ids'],
      [16, 'One id is checked, another is used'],
      [17, 'The row is checked before the change only'],
      [18, 'A helper endpoint without a check'],
      [19, 'Refused, and written all the same'],
      [20, 'Special fields that escape their rules'],
      [21, 'One store that enforces less'],
      [22, 'Mass assignment of what the server makes'],
      [23, 'The request taken for its context'],
      [24, 'Internal tables on generic routes'],
      [25, 'An id that is taken for a role'],
      [26, 'A read-only key that writes'],
      [27, 'Scopes that are stored and not asked'],
      [28, 'A credential that makes a stronger one'],
      [29, 'An operation missing from the list of guarded ones'],
      [30, 'No policy at all'],
    ],
  ],
  [
    'Tenancy and shared state',
    [
      [31, 'Creating in another tenant'],
      [32, 'The tenant from a header'],
      [33, 'A token of another tenant'],
      [34, 'Jobs found by id alone'],
      [35, 'One instance that holds a user’s state'],
    ],
  ],
  [
    'Realtime, GraphQL, gRPC',
    [
      [36, 'A failed sign-in that becomes somebody'],
      [37, 'Realtime without row policies'],
      [38, 'A batch judged by its first item'],
      [39, 'Another transport without the check'],
      [40, 'Claims taken from the caller'],
      [41, 'WebSockets opened by another site'],
      [42, 'Joining a room unasked'],
      [43, 'Frames for another subscription'],
      [44, 'Many aliases of one field'],
      [45, 'Deeply nested queries'],
      [46, 'The cost check as the cost'],
      [47, 'Introspection by a side door'],
      [48, 'Cross-site writes by content type'],
      [49, 'Odd forms of a gRPC path'],
      [50, 'Line breaks in server-sent events'],
      [51, 'Batches that dodge a limit'],
    ],
  ],
  [
    'The HTTP front door',
    [
      [52, 'The guard and the router disagree on a path'],
      [53, 'HEAD and other verbs unguarded'],
      [54, 'Disagreement on the content type'],
      [55, 'Trusting the wrong proxies'],
      [56, 'The host header in links'],
      [57, 'Identity headers in odd spellings'],
      [58, 'Caches that forget who asked'],
      [59, 'Traversal by encoded slashes'],
      [60, 'Line breaks in headers'],
      [61, 'A rate limit by a key the caller chooses'],
      [62, 'Request smuggling'],
      [63, 'Compressed frames that explode'],
    ],
  ],
  [
    'Injection',
    [
      [64, 'SQL in sorts and parameters'],
      [65, 'SQL in JSON paths and keys'],
      [66, 'SQL in lists of values'],
      [67, 'SQL in names'],
      [68, 'Data taken for raw SQL'],
      [69, 'Defaults taken for raw SQL'],
      [70, 'Imported text that becomes code'],
      [71, 'Operators where a name or a token is expected'],
      [72, 'Templates in mail that are run'],
      [73, 'Escapes from an expression sandbox'],
      [74, 'Calls through the prototype'],
      [75, 'Pollution of prototypes'],
      [76, 'Keys that collide when flattened'],
      [77, 'LDAP filters'],
      [78, 'SMTP commands and headers'],
      [79, 'Formulas in CSV'],
    ],
  ],
  [
    'Tokens and sign-in',
    [
      [80, 'Confused signature algorithms'],
      [81, 'Audience unchecked'],
      [82, 'Issuer unchecked'],
      [83, 'Dates that are no dates'],
      [84, 'A token of one kind for another'],
      [85, 'Signing what the caller sends'],
      [86, 'One secret for many purposes'],
      [87, 'An account taken in advance'],
      [88, 'Look-alike addresses'],
      [89, 'Open redirects at sign-in'],
      [90, 'Weak OAuth defaults'],
      [91, 'Codes redeemed twice'],
      [92, 'State of one provider at another'],
      [93, 'Device codes approved by others'],
      [94, 'SAML signature wrapping'],
      [95, 'SAML conditions ignored'],
      [96, 'A second factor that is skipped'],
      [97, 'One-time codes used twice'],
      [98, 'A passkey result ignored'],
      [99, 'Sessions that outlive what ends them'],
      [100, 'Accounts merged by a provider'],
      [101, 'Invitations accepted by others'],
      [102, 'Finding out who has an account'],
      [103, 'Credentials that crash, settings that open'],
    ],
  ],
  [
    'Outbound requests',
    [
      [104, 'Internal addresses in odd notations'],
      [105, 'Redirects to the inside'],
      [106, 'Names that resolve to the inside'],
      [107, 'Identity addresses that lead inside'],
      [108, 'Features that fetch'],
      [109, 'Answers without bounds'],
      [110, 'Credentials passed on'],
    ],
  ],
  [
    'Files and archives',
    [
      [111, 'Names that leave their folder'],
      [112, 'JSON that pretends to be an upload'],
      [113, 'Archive entries that leave their folder'],
      [114, 'A restore that brings code'],
      [115, 'Types that are not what they say'],
      [116, 'Small files that grow'],
      [117, 'Temporary files that stay'],
      [118, 'Signatures over ambiguous text'],
    ],
  ],
  [
    'Webhooks, events, money, races',
    [
      [119, 'Unsigned webhooks'],
      [120, 'Ids of a webhook that do not belong together'],
      [121, 'Webhooks found by a part of their address'],
      [122, 'Deliveries after access has ended'],
      [123, 'Payloads with hidden fields'],
      [124, 'A replay taken for something new'],
      [125, 'Two at once for one thing'],
      [126, 'A lockout that is outrun'],
    ],
  ],
  [
    'Denial of service',
    [
      [127, 'Slow patterns and parsers'],
      [128, 'Patterns from callers'],
      [129, 'Deep and wide JSON'],
      [130, 'Lookups that no index serves'],
    ],
  ],
  [
    'Operating it',
    [
      [131, 'A development server that other sites reach'],
      [132, 'Open to the network by default'],
      [133, 'Sign-in windows without an opener policy'],
      [134, 'CORS that answers every origin'],
    ],
  ],
  [
    'AI and MCP',
    [
      [135, 'DNS rebinding to a local server'],
      [136, 'A session of another principal'],
      [137, 'A second endpoint without scopes'],
      [138, 'SQL that is only said to be restricted'],
      [139, 'Instructions in data'],
      [140, 'Any token will do'],
    ],
  ],
  ['Building and shipping', [[141, 'Publishing tokens that can be replayed']]],
  [
    'What handlers do',
    [
      [142, 'Markup from data in a page'],
      [143, 'Commands made of input'],
      [144, 'Redirects to wherever a caller says'],
    ],
  ],
]

export const attackClasses: readonly AttackClass[] = groups.flatMap(([group, classes]) =>
  classes.map(([number, title]) => ({ number, group, title })),
)

const byNumber = new Map(attackClasses.map((one) => [one.number, one]))

/** Throws for a number that no class has: a probe names classes of the catalogue alone. */
export function attackClass(number: number): AttackClass {
  const found = byNumber.get(number)
  if (!found) throw new Error(`There is no attack class ${number}`)
  return found
}
