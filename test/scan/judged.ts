/** Findings that were looked at and are none, each with the reason. What is not here stands, and fails the run. */
const judged: readonly {
  readonly tool: string
  readonly what: RegExp
  readonly reason: string
}[] = [
  {
    tool: 'sqlmap',
    what: /^(?:PUT|POST) .* appears to be '[^']*boolean-based blind.* taken back by sqlmap itself$/,
    reason:
      'The answer to a change repeats the text that was sent and has another time each time, which looked like a condition. The text is a parameter of the statement; sqlmap tried further and says that no parameter is injectable.',
  },
  {
    tool: 'sqlmap',
    what: /^DELETE .* appears to be '[^']*boolean-based blind.* taken back by sqlmap itself$/,
    reason:
      'A thing is taken away once: the first request finds it and each later one does not, which looked like a condition. The value is a parameter of the statement; sqlmap tried further and says that it is not injectable.',
  },
  {
    tool: 'wapiti',
    what: /X-XSS-Protection is not set/,
    reason:
      'The header spoke to filters that browsers have taken out because pages could be attacked through them. What it was for is held by Content-Security-Policy, which every answer has.',
  },
]

export const reasonFor = (tool: string, what: string): string | undefined =>
  judged.find((one) => one.tool === tool && one.what.test(what))?.reason
