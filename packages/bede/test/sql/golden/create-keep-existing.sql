-- favorite
with "$new" as (
  select "n"."id" as "id",
    $2::uuid as "user_id",
    (
      select "t0"."id"
      from "article" "t0"
      where ("t0"."title" = $3::text)
        and (
          ("t0"."status" = 'published'::text)
          or ("t0"."author_id" = $2::uuid)
          or ($4::text = 'editor'::text)
        )
      order by "t0"."id"
      limit '1'::int4
    ) as "article_id"
  from (select $1::uuid as "id") "n"
),
"$checked" as (
  select "n"."id",
    "n"."user_id",
    "n"."article_id",
    case when not ((("n"."article_id" is not null)) is true) then 0 when not (
      (("n"."user_id" = $2::uuid)) is true
    ) then 1 end as "$failed"
  from "$new" "n"
),
"$written" as (
  insert into "favorite" as "o" ("id", "user_id", "article_id")
  select "id", "user_id", "article_id"
  from "$checked"
  where "$failed" is null
  on conflict ("user_id", "article_id") do update
  set "user_id" = "o"."user_id"
  returning "o"."id", "o"."user_id", "o"."article_id", ("o".xmax = 0) as "$created"
),
"$result" as (
  select (select count(*) from "$written") as "written",
    (
      row_to_json(
        (
          select "$o"
          from (
            select (
              select "$o"
              from (
                select "t1"."id" as "id",
                  "t1"."title" as "title",
                  "t1"."status" as "status",
                  "t1"."views" as "views",
                  to_char("t1"."created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "createdAt",
                  array(
                    select "t2"."name"
                    from "tag" "t2"
                    where ("t2"."article_id" = "t1"."id")
                    order by "t2"."id"
                  ) as "tags",
                  exists(
                    select 1
                    from (
                      select "id", "user_id", "article_id"
                      from "favorite" "s"
                      where not exists(select 1 from "$written" "x" where "x"."id" = "s"."id")
                      union all
                      select "id", "user_id", "article_id"
                      from "$written"
                    ) "t3"
                    where ("t3"."article_id" = "t1"."id") and ("t3"."user_id" = $2::uuid)
                  ) as "favorited",
                  (
                    select count(*)
                    from (
                      select "id", "user_id", "article_id"
                      from "favorite" "s"
                      where not exists(select 1 from "$written" "x" where "x"."id" = "s"."id")
                      union all
                      select "id", "user_id", "article_id"
                      from "$written"
                    ) "t4"
                    where ("t4"."article_id" = "t1"."id")
                  ) as "favorites",
                  (
                    select "$o"
                    from (
                      select "t5"."name" as "name",
                        case when ("t5"."id" = $2::uuid) then "t5"."email" else null::text end as "email"
                      from "user" "t5"
                      where ("t5"."id" = "t1"."author_id")
                        and (("t5"."hidden" = false) or ("t5"."id" = $2::uuid))
                    ) "$o"
                  ) as "author"
                from "article" "t1"
                where ("t1"."id" = "w"."article_id")
                  and exists(
                    select 1
                    from "user" "t5"
                    where ("t5"."id" = "t1"."author_id")
                      and (("t5"."hidden" = false) or ("t5"."id" = $2::uuid))
                  )
                  and (
                    ("t1"."status" = 'published'::text)
                    or ("t1"."author_id" = $2::uuid)
                    or ($4::text = 'editor'::text)
                  )
              ) "$o"
            ) as "article"
            from "$written" "w"
            where exists(
              select 1
              from "article" "t1"
              where ("t1"."id" = "w"."article_id")
                and (
                  ("t1"."status" = 'published'::text)
                  or ("t1"."author_id" = $2::uuid)
                  or ($4::text = 'editor'::text)
                )
                and exists(
                  select 1
                  from "user" "t5"
                  where ("t5"."id" = "t1"."author_id")
                    and (("t5"."hidden" = false) or ("t5"."id" = $2::uuid))
                )
            )
          ) "$o"
        )
      )::text
    ) as "body"
)
select "written"::text, "body"
from "$result";

-- why not
with "$new" as (
  select "n"."id" as "id",
    $2::uuid as "user_id",
    (
      select "t0"."id"
      from "article" "t0"
      where ("t0"."title" = $3::text)
        and (
          ("t0"."status" = 'published'::text)
          or ("t0"."author_id" = $2::uuid)
          or ($4::text = 'editor'::text)
        )
      order by "t0"."id"
      limit '1'::int4
    ) as "article_id"
  from (select $1::uuid as "id") "n"
),
"$checked" as (
  select "n"."id",
    "n"."user_id",
    "n"."article_id",
    case when not ((("n"."article_id" is not null)) is true) then 0 when not (
      (("n"."user_id" = $2::uuid)) is true
    ) then 1 end as "$failed"
  from "$new" "n"
)
select coalesce(
  (
    select min(coalesce(null::int4, 1))
    from "favorite" "o"
    join "$new" "n"
    on "o"."user_id" = "n"."user_id" and "o"."article_id" = "n"."article_id"
  ),
  -1
)::text as "found",
  (select min("$failed")::text from "$checked") as "failed",
  json_build_array(
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(
          null,
          array[("n"."article_id" is not null),
          ("n"."user_id" = $2::uuid)]::boolean[]
        ) as "$said"
        from "$new" "n"
        limit 100
      ) "s"
    ),
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(null, array[true]::boolean[]) as "$said"
        from "favorite" "o"
        join "$new" "n"
        on "o"."user_id" = "n"."user_id" and "o"."article_id" = "n"."article_id"
        limit 100
      ) "s"
    )
  )::text as "said";
