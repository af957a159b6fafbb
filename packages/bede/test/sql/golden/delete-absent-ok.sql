-- unfavorite
with "$old" as (
  select "o"."id",
    "o"."user_id",
    "o"."article_id",
    case when not ((("o"."user_id" = $1::uuid)) is true) then 0 end as "$failed"
  from "favorite" "o"
  where ("o"."user_id" = $1::uuid) and ("o"."article_id" = $2::uuid)
  for update of "o"
),
"$checked" as (select * from "$old" "o"),
"$written" as (
  delete from "favorite" "t" using "$checked" "c"
  where "t"."id" = "c"."id" and not exists(select 1 from "$checked" where "$failed" is not null)
  returning "t"."id", "t"."user_id", "t"."article_id"
),
"$result" as (
  select (select count(*) from "$written") as "written",
    (
      (
        select row_to_json("$o")::text
        from (
          select (
            select "$o"
            from (
              select "t5"."id" as "id",
                "t5"."title" as "title",
                "t5"."status" as "status",
                "t5"."views" as "views",
                to_char("t5"."created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "createdAt",
                array(
                  select "t6"."name"
                  from "tag" "t6"
                  where ("t6"."article_id" = "t5"."id")
                  order by "t6"."id"
                ) as "tags",
                exists(
                  select 1
                  from (
                    select "id", "user_id", "article_id"
                    from "favorite" "s"
                    where not exists(select 1 from "$written" "x" where "x"."id" = "s"."id")
                  ) "t7"
                  where ("t7"."article_id" = "t5"."id") and ("t7"."user_id" = $1::uuid)
                ) as "favorited",
                (
                  select count(*)
                  from (
                    select "id", "user_id", "article_id"
                    from "favorite" "s"
                    where not exists(select 1 from "$written" "x" where "x"."id" = "s"."id")
                  ) "t8"
                  where ("t8"."article_id" = "t5"."id")
                ) as "favorites",
                (
                  select "$o"
                  from (
                    select "t9"."name" as "name",
                      case when ("t9"."id" = $1::uuid) then "t9"."email" else null::text end as "email"
                    from "user" "t9"
                    where ("t9"."id" = "t5"."author_id")
                      and (("t9"."hidden" = false) or ("t9"."id" = $1::uuid))
                  ) "$o"
                ) as "author"
              from "article" "t5"
              where ("t5"."id" = $3::uuid)
                and exists(
                  select 1
                  from "user" "t9"
                  where ("t9"."id" = "t5"."author_id")
                    and (("t9"."hidden" = false) or ("t9"."id" = $1::uuid))
                )
                and (
                  ("t5"."status" = 'published'::text)
                  or ("t5"."author_id" = $1::uuid)
                  or ($4::text = 'editor'::text)
                )
            ) "$o"
          ) as "article"
          offset 0
        ) "$o"
        where "$o"."article" is distinct from null
      )
    ) as "body"
)
select "written"::text, "body"
from "$result";

-- why not
with "$old" as (
  select "o"."id",
    "o"."user_id",
    "o"."article_id",
    case when not ((("o"."user_id" = $1::uuid)) is true) then 0 end as "$failed"
  from "favorite" "o"
  where ("o"."user_id" = $1::uuid) and ("o"."article_id" = $2::uuid)
),
"$checked" as (select * from "$old" "o")
select (select count(*) from "$checked")::text as "found",
  (select min("$failed")::text from "$checked") as "failed",
  json_build_array(
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(null, array[true]::boolean[]) as "$said"
        from "favorite" "o"
        where ("o"."user_id" = $1::uuid) and ("o"."article_id" = $2::uuid)
        limit 100
      ) "s"
    ),
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(null, array[("o"."user_id" = $1::uuid)]::boolean[]) as "$said"
        from "$old" "o"
        limit 100
      ) "s"
    )
  )::text as "said";
