-- article.update
with "$old" as (
  select "o"."id",
    "o"."title",
    "o"."status",
    "o"."views",
    "o"."note",
    "o"."published_at",
    "o"."created_at",
    "o"."updated_at",
    "o"."author_id",
    case when not (((("o"."author_id" = $2::uuid) or ($3::text = 'editor'::text))) is true) then 0 when not (
      coalesce(
        md5(
          (
            select row_to_json("$o")::text
            from (
              select "o"."id" as "id",
                "o"."title" as "title",
                "o"."status" as "status",
                "o"."views" as "views",
                to_char("o"."created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "createdAt",
                array(
                  select "t1"."name"
                  from "tag" "t1"
                  where ("t1"."article_id" = "o"."id")
                  order by "t1"."id"
                ) as "tags",
                exists(
                  select 1
                  from "favorite" "t2"
                  where ("t2"."article_id" = "o"."id") and ("t2"."user_id" = $2::uuid)
                ) as "favorited",
                (select count(*) from "favorite" "t3" where ("t3"."article_id" = "o"."id")) as "favorites",
                (
                  select "$o"
                  from (
                    select "t4"."name" as "name",
                      case when ("t4"."id" = $2::uuid) then "t4"."email" else null::text end as "email"
                    from "user" "t4"
                    where ("t4"."id" = "o"."author_id")
                      and (("t4"."hidden" = false) or ("t4"."id" = $2::uuid))
                  ) "$o"
                ) as "author"
              offset 0
            ) "$o"
            where "$o"."author" is distinct from null
          )
        ) = any($1::text[]),
        false
      )
    ) then 1 end as "$failed"
  from "article" "o"
  where ("o"."id" = $4::uuid)
    and (
      ("o"."status" = 'published'::text)
      or ("o"."author_id" = $2::uuid)
      or ($3::text = 'editor'::text)
    )
  for update of "o"
),
"$new" as (
  select "o"."id" as "id",
    "o"."title" as "title",
    "o"."status" as "status",
    "o"."views" as "views",
    "o"."note" as "note",
    "o"."published_at" as "published_at",
    "o"."created_at" as "created_at",
    $5::timestamptz as "updated_at",
    $6::uuid as "author_id",
    "o"."$failed"
  from "$old" "o"
),
"$checked" as (
  select "n"."id",
    "n"."title",
    "n"."status",
    "n"."views",
    "n"."note",
    "n"."published_at",
    "n"."created_at",
    "n"."updated_at",
    "n"."author_id",
    coalesce(
      "n"."$failed",
      case when not (((("n"."author_id" = $2::uuid) or ($3::text = 'editor'::text))) is true) then 2 when not (
        (
          exists(
            select 1
            from "user" "t0"
            where ("t0"."id" = "n"."author_id")
              and (("t0"."hidden" = false) or ("t0"."id" = $2::uuid))
          )
        ) is true
      ) then 3 end
    ) as "$failed"
  from "$new" "n"
),
"$written" as (
  update "article" "t"
  set "author_id" = "c"."author_id", "updated_at" = "c"."updated_at"
  from "$checked" "c"
  where "t"."id" = "c"."id" and not exists(select 1 from "$checked" where "$failed" is not null)
  returning "t"."id",
    "t"."title",
    "t"."status",
    "t"."views",
    "t"."note",
    "t"."published_at",
    "t"."created_at",
    "t"."updated_at",
    "t"."author_id"
),
"$result" as (
  select (select count(*) from "$written") as "written",
    (
      row_to_json(
        (
          select "$o"
          from (
            select "w"."id" as "id",
              "w"."title" as "title",
              "w"."status" as "status",
              "w"."views" as "views",
              to_char("w"."created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "createdAt",
              array(
                select "t5"."name"
                from "tag" "t5"
                where ("t5"."article_id" = "w"."id")
                order by "t5"."id"
              ) as "tags",
              exists(
                select 1
                from "favorite" "t6"
                where ("t6"."article_id" = "w"."id") and ("t6"."user_id" = $2::uuid)
              ) as "favorited",
              (select count(*) from "favorite" "t7" where ("t7"."article_id" = "w"."id")) as "favorites",
              (
                select "$o"
                from (
                  select "t8"."name" as "name",
                    case when ("t8"."id" = $2::uuid) then "t8"."email" else null::text end as "email"
                  from "user" "t8"
                  where ("t8"."id" = "w"."author_id")
                    and (("t8"."hidden" = false) or ("t8"."id" = $2::uuid))
                ) "$o"
              ) as "author"
            from "$written" "w"
            where exists(
              select 1
              from "user" "t8"
              where ("t8"."id" = "w"."author_id")
                and (("t8"."hidden" = false) or ("t8"."id" = $2::uuid))
            )
              and (
                ("w"."status" = 'published'::text)
                or ("w"."author_id" = $2::uuid)
                or ($3::text = 'editor'::text)
              )
          ) "$o"
        )
      )::text
    ) as "body"
)
select "written"::text, "body"
from "$result";

-- why not
with "$old" as (
  select "o"."id",
    "o"."title",
    "o"."status",
    "o"."views",
    "o"."note",
    "o"."published_at",
    "o"."created_at",
    "o"."updated_at",
    "o"."author_id",
    case when not (((("o"."author_id" = $2::uuid) or ($3::text = 'editor'::text))) is true) then 0 when not (
      coalesce(
        md5(
          (
            select row_to_json("$o")::text
            from (
              select "o"."id" as "id",
                "o"."title" as "title",
                "o"."status" as "status",
                "o"."views" as "views",
                to_char("o"."created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "createdAt",
                array(
                  select "t1"."name"
                  from "tag" "t1"
                  where ("t1"."article_id" = "o"."id")
                  order by "t1"."id"
                ) as "tags",
                exists(
                  select 1
                  from "favorite" "t2"
                  where ("t2"."article_id" = "o"."id") and ("t2"."user_id" = $2::uuid)
                ) as "favorited",
                (select count(*) from "favorite" "t3" where ("t3"."article_id" = "o"."id")) as "favorites",
                (
                  select "$o"
                  from (
                    select "t4"."name" as "name",
                      case when ("t4"."id" = $2::uuid) then "t4"."email" else null::text end as "email"
                    from "user" "t4"
                    where ("t4"."id" = "o"."author_id")
                      and (("t4"."hidden" = false) or ("t4"."id" = $2::uuid))
                  ) "$o"
                ) as "author"
              offset 0
            ) "$o"
            where "$o"."author" is distinct from null
          )
        ) = any($1::text[]),
        false
      )
    ) then 1 end as "$failed"
  from "article" "o"
  where ("o"."id" = $4::uuid)
    and (
      ("o"."status" = 'published'::text)
      or ("o"."author_id" = $2::uuid)
      or ($3::text = 'editor'::text)
    )
),
"$new" as (
  select "o"."id" as "id",
    "o"."title" as "title",
    "o"."status" as "status",
    "o"."views" as "views",
    "o"."note" as "note",
    "o"."published_at" as "published_at",
    "o"."created_at" as "created_at",
    $5::timestamptz as "updated_at",
    $6::uuid as "author_id",
    "o"."$failed"
  from "$old" "o"
),
"$checked" as (
  select "n"."id",
    "n"."title",
    "n"."status",
    "n"."views",
    "n"."note",
    "n"."published_at",
    "n"."created_at",
    "n"."updated_at",
    "n"."author_id",
    coalesce(
      "n"."$failed",
      case when not (((("n"."author_id" = $2::uuid) or ($3::text = 'editor'::text))) is true) then 2 when not (
        (
          exists(
            select 1
            from "user" "t0"
            where ("t0"."id" = "n"."author_id")
              and (("t0"."hidden" = false) or ("t0"."id" = $2::uuid))
          )
        ) is true
      ) then 3 end
    ) as "$failed"
  from "$new" "n"
)
select (select count(*) from "$checked")::text as "found",
  (select min("$failed")::text from "$checked") as "failed",
  json_build_array(
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(
          null,
          array[("o"."status" = 'published'::text),
          ("o"."author_id" = $2::uuid),
          ($3::text = 'editor'::text)]::boolean[]
        ) as "$said"
        from "article" "o"
        where ("o"."id" = $4::uuid)
        limit 100
      ) "s"
    ),
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(
          null,
          array[("o"."author_id" = $2::uuid),
          ($3::text = 'editor'::text)]::boolean[]
        ) as "$said"
        from "$old" "o"
        limit 100
      ) "s"
    ),
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(
          null,
          array[("n"."author_id" = $2::uuid),
          ($3::text = 'editor'::text),
          exists(
            select 1
            from "user" "t0"
            where ("t0"."id" = "n"."author_id")
              and (("t0"."hidden" = false) or ("t0"."id" = $2::uuid))
          )]::boolean[]
        ) as "$said"
        from "$new" "n"
        limit 100
      ) "s"
    )
  )::text as "said";
