-- article.get
select row_to_json("$o")::text as "body"
from (
  select "t0"."id" as "id",
    "t0"."title" as "title",
    "t0"."status" as "status",
    "t0"."views" as "views",
    to_char("t0"."created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "createdAt",
    array(
      select "t1"."name" from "tag" "t1" where ("t1"."article_id" = "t0"."id") order by "t1"."id"
    ) as "tags",
    exists(
      select 1
      from "favorite" "t2"
      where ("t2"."article_id" = "t0"."id") and ("t2"."user_id" = $1::uuid)
    ) as "favorited",
    (select count(*) from "favorite" "t3" where ("t3"."article_id" = "t0"."id")) as "favorites",
    (
      select "$o"
      from (
        select "t4"."name" as "name", "t4"."email" as "email"
        from "user" "t4"
        where ("t4"."id" = "t0"."author_id")
      ) "$o"
    ) as "author"
  from "article" "t0"
  where ("t0"."id" = $2::uuid)
    and exists(select 1 from "user" "t4" where ("t4"."id" = "t0"."author_id"))
) "$o";

-- why not
select null::text as "found",
  null::text as "failed",
  json_build_array(
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(null, array[true]::boolean[]) as "$said"
        from "article" "t0"
        where ("t0"."id" = $1::uuid)
          and exists(select 1 from "user" "t4" where ("t4"."id" = "t0"."author_id"))
        limit 100
      ) "s"
    )
  )::text as "said";
