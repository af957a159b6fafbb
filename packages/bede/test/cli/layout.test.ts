import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { layout } from '../../src/cli/sql/layout.ts'

const squeezed = (sql: string) => sql.replace(/\s+/g, '')

test('a short statement stays on its line', () => {
  assert.equal(layout('select 1 as "body"'), 'select 1 as "body"')
})

test('a long statement has a clause per line, and subqueries are indented', () => {
  const sql =
    'select (select row_to_json(r)::text from (select a."slug", a."title", (select row_to_json(u) from "user" u where u."id" = a."author_id") as "author" from "article" a where a."slug" = $1::text and (a."status" = $2 or a."author_id" = $3)) r) as "body"'
  assert.equal(
    layout(sql),
    `select (
  select row_to_json(r)::text
  from (
    select a."slug",
      a."title",
      (select row_to_json(u) from "user" u where u."id" = a."author_id") as "author"
    from "article" a
    where a."slug" = $1::text and (a."status" = $2 or a."author_id" = $3)
  ) r
) as "body"`,
  )
})

test('only white space outside of quotes changes, whatever the statement', () => {
  const piece = fc.constantFrom(
    ...['select', 'from', '(', ')', ',', "'it''s ( select'", '"from ("', '$1::text', 'and', 'x', ' ', '||', 'a.b'],
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
      let depth = 0
      const sql = pieces
        .filter((text) => (text === '(' ? ++depth : text === ')' ? --depth >= 0 || depth++ < 0 : true))
        .join(' ')
      const whole = `${sql}${' )'.repeat(depth)}`
      assert.equal(squeezed(layout(whole)), squeezed(whole))
    }),
  )
})
