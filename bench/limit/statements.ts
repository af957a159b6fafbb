/**
 * The four operations by hand, in the forms that were fastest: correlated subqueries, rows converted once by the
 * outermost function, `array(select …)` for lists, order and limit in the innermost subselect on an index.
 */
const author = (id: string): string => `(select a from (select u.id, u.name from "user" u where u.id = ${id}) a)`

export const statements = {
  article: `select row_to_json(o)::text from (
    select id, title, body, status, created_at as "createdAt", author_id as "authorId" from article where id = $1
  ) o`,
  newest: `select row_to_json(o)::text from (select array(select r from (
    select t.id, t.title, t.created_at as "createdAt", ${author('t.author_id')} as author,
      array(select (select g.name from tag g where g.id = l.tag_id) from article_tag l where l.article_id = t.id order by l.id) as tags
    from (select * from article order by created_at desc, id desc limit 20) t order by t.created_at desc, t.id desc
  ) r) as articles) o`,
  threads: `select row_to_json(o)::text from (select array(select r from (
    select t.id, t.title, ${author('t.author_id')} as author,
      array(select c from (
        select c.id, c.body, c.created_at as "createdAt", ${author('c.author_id')} as author
        from (select * from comment where article_id = t.id order by created_at, id limit 5) c order by c.created_at, c.id
      ) c) as comments
    from (select * from article order by created_at desc, id desc limit 20) t order by t.created_at desc, t.id desc
  ) r) as articles) o`,
  comment: `with w as (
    insert into comment (id, body, created_at, article_id, author_id) values ($1, $2, now(), $3, $4)
    returning id, body, created_at as "createdAt", article_id as "articleId", author_id as "authorId"
  ) select row_to_json(w)::text from w`,
} as const
