/**
 * Names that try to leave the folder they are put below, or to become something else there: what scanners and past
 * reports try, by their kinds, in more than 200 spellings. None may ever be a file's name.
 */
const target = 'etc/passwd'
const ups = [
  '..', '.../..', '....', '....//', '..;', '..%00', '%2e%2e', '%2E%2E', '%2e.', '.%2e', '%252e%252e', '%c0%ae%c0%ae',
  '%uff0e%uff0e', '\u2025', '\uff0e\uff0e', '\u2024\u2024', '.\u2024', '\ufe52\ufe52', '..\u200b', '.\u200d.', '\u202e..', '.. ', '..\t',
  '..\u00a0', '..\u0000', '%u002e%u002e', '%%32%65%%32%65', '0x2e0x2e/..', '..\ufeff',
] // biome-ignore format: a list of words
const separators = ['/', '\\', '%2f', '%5c', '%252f', '%c0%af', '\u2215', '\u2044', '\uff0f', '\uff3c', '\u29f5', '//']

const climbing = ups.flatMap((up) =>
  ['/', '\\', '%2f', '\u2215'].map((separator) => `${up}${separator}`.repeat(3) + target),
)
const separated = separators.flatMap((separator) => [
  `..${separator}${target}`,
  `a${separator}..${separator}..${separator}${target}`,
  `${separator}${target}`,
])

const absolute = [
  '/etc/passwd', '//etc/passwd', '///etc/passwd', '/', '/.', '/proc/self/environ', '/dev/stdin', '\\', '\\etc\\passwd',
  'C:', 'C:\\boot.ini', 'C:/boot.ini', 'c:boot.ini', 'C:..\\boot.ini', '\\\\server\\share\\x', '//server/share/x', '\\\\?\\C:\\x',
  '\\\\.\\PhysicalDrive0', '//?/C:/x', 'file:///etc/passwd', 'file:/etc/passwd', 'http://127.0.0.1/x', 'jar:file:/x!/y', '~/.ssh/id_rsa',
  '~root/x', '\0/etc/passwd', ' /etc/passwd', '\n/etc/passwd', '%2fetc%2fpasswd', '\u2215etc\u2215passwd',
] // biome-ignore format: a list of words

const folders = [
  '', '.', '..', './', '../', './a', 'a/.', 'a/..', 'a/./b', 'a/../b', 'a/../../b', 'a//b', 'a/', '.../a', 'a/...', '. ', ' .', '. .',
  '.. /a', 'a /..', 'a/ ../b',
] // biome-ignore format: a list of words

const others = [
  'a\0', 'a\0.png', 'a.php\0.png', 'a.png%00.php', 'a\r\nSet-Cookie: x', 'a\nb', 'a\u007fb', 'a\u0085b', 'a\u2028b', 'a\u202egpj.exe',
  'a\u200b.png', '\ufeffa', 'a.', 'a ', 'a. .', 'a...', ' a', 'a/ b', 'a./b', 'a /b', 'con', 'CON', 'Con.txt', 'nul', 'NUL.tar.gz',
  'aux.h', 'prn', 'com1', 'COM9.log', 'lpt1', 'com¹', 'conin$', 'CONOUT$', 'a/nul', 'nul/a', 'clock$', 'a.txt:stream', 'a.txt::$DATA',
  'a::$INDEX_ALLOCATION', 'a*', 'a?', 'a|b', '|id', 'a<b', 'a>b', 'a"b', '.htaccess', '.env', '.git/config', '.ssh/authorized_keys',
  'a/.git/hooks/post-checkout', '\ud800', 'a\udc00b', '\uffff', 'a'.repeat(256), `${'a'.repeat(200)}/`.repeat(6), 'é'.repeat(128),
] // biome-ignore format: a list of words

export const traversals: readonly string[] = [
  ...new Set([...climbing, ...separated, ...absolute, ...folders, ...others]),
]
