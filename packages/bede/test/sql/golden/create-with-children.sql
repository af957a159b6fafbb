-- article.create
with "$new" as (
  select "n"."id" as "id",
    $2::text as "title",
    'draft'::text as "status",
    '0'::int4 as "views",
    null::text as "note",
    null::timestamptz as "published_at",
    $3::timestamptz as "created_at",
    $3::timestamptz as "updated_at",
    $4::uuid as "author_id"
  from (select $1::uuid as "id") "n"
),
"$new0" as (
  select ($5::uuid[])["i"."$ord"] as "id",
    ("i"."$item" #>> '{}')::text as "name",
    "n"."id" as "article_id"
  from "$new" "n"
  cross join jsonb_array_elements($6::jsonb)
  with ordinality "i"("$item", "$ord")
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
      case when not ((("n"."author_id" = $4::uuid)) is true) then 0 end,
      (
        select min(
          case when not (
            (
              (
                select ("t0"."author_id" = $4::uuid)
                from (
                  select "id",
                    "title",
                    "status",
                    "views",
                    "note",
                    "published_at",
                    "created_at",
                    "updated_at",
                    "author_id"
                  from "article"
                  union all
                  select "id",
                    "title",
                    "status",
                    "views",
                    "note",
                    "published_at",
                    "created_at",
                    "updated_at",
                    "author_id"
                  from "$new"
                ) "t0"
                where ("t0"."id" = "c0"."article_id")
              )
            ) is true
          ) then 1 end
        )
        from "$new0" "c0"
      )
    ) as "$failed"
  from "$new" "n"
),
"$written" as (
  insert into "article" as "o" (
    "id",
    "title",
    "status",
    "views",
    "note",
    "published_at",
    "created_at",
    "updated_at",
    "author_id"
  )
  select "id",
    "title",
    "status",
    "views",
    "note",
    "published_at",
    "created_at",
    "updated_at",
    "author_id"
  from "$checked"
  where "$failed" is null
  returning "o"."id",
    "o"."title",
    "o"."status",
    "o"."views",
    "o"."note",
    "o"."published_at",
    "o"."created_at",
    "o"."updated_at",
    "o"."author_id"
),
"$child0" as (
  insert into "tag" ("id", "name", "article_id")
  select "id", "name", "article_id"
  from "$new0"
  where exists(select 1 from "$written")
  returning "id", "name", "article_id"
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
                select "t1"."name"
                from (
                  select "id", "name", "article_id"
                  from "tag"
                  union all
                  select "id", "name", "article_id"
                  from "$child0"
                ) "t1"
                where ("t1"."article_id" = "w"."id")
                order by "t1"."id"
              ) as "tags",
              exists(
                select 1
                from "favorite" "t2"
                where ("t2"."article_id" = "w"."id") and ("t2"."user_id" = $4::uuid)
              ) as "favorited",
              (select count(*) from "favorite" "t3" where ("t3"."article_id" = "w"."id")) as "favorites",
              (
                select "$o"
                from (
                  select "t4"."name" as "name",
                    case when ("t4"."id" = $4::uuid) then "t4"."email" else null::text end as "email"
                  from "user" "t4"
                  where ("t4"."id" = "w"."author_id")
                    and (("t4"."hidden" = false) or ("t4"."id" = $4::uuid))
                ) "$o"
              ) as "author"
            from "$written" "w"
            where exists(
              select 1
              from "user" "t4"
              where ("t4"."id" = "w"."author_id")
                and (("t4"."hidden" = false) or ("t4"."id" = $4::uuid))
            )
              and (
                ("w"."status" = 'published'::text)
                or ("w"."author_id" = $4::uuid)
                or ($7::text = 'editor'::text)
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
    $2::text as "title",
    'draft'::text as "status",
    '0'::int4 as "views",
    null::text as "note",
    null::timestamptz as "published_at",
    $3::timestamptz as "created_at",
    $3::timestamptz as "updated_at",
    $4::uuid as "author_id"
  from (select $1::uuid as "id") "n"
),
"$new0" as (
  select ($5::uuid[])["i"."$ord"] as "id",
    ("i"."$item" #>> '{}')::text as "name",
    "n"."id" as "article_id"
  from "$new" "n"
  cross join jsonb_array_elements($6::jsonb)
  with ordinality "i"("$item", "$ord")
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
      case when not ((("n"."author_id" = $4::uuid)) is true) then 0 end,
      (
        select min(
          case when not (
            (
              (
                select ("t0"."author_id" = $4::uuid)
                from (
                  select "id",
                    "title",
                    "status",
                    "views",
                    "note",
                    "published_at",
                    "created_at",
                    "updated_at",
                    "author_id"
                  from "article"
                  union all
                  select "id",
                    "title",
                    "status",
                    "views",
                    "note",
                    "published_at",
                    "created_at",
                    "updated_at",
                    "author_id"
                  from "$new"
                ) "t0"
                where ("t0"."id" = "c0"."article_id")
              )
            ) is true
          ) then 1 end
        )
        from "$new0" "c0"
      )
    ) as "$failed"
  from "$new" "n"
)
select (-1)::text as "found",
  (select min("$failed")::text from "$checked") as "failed",
  json_build_array(
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(null, array[("n"."author_id" = $4::uuid)]::boolean[]) as "$said"
        from "$new" "n"
        limit 100
      ) "s"
    ),
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(
          null,
          array[(
            select ("t0"."author_id" = $4::uuid)
            from (
              select "id",
                "title",
                "status",
                "views",
                "note",
                "published_at",
                "created_at",
                "updated_at",
                "author_id"
              from "article"
              union all
              select "id",
                "title",
                "status",
                "views",
                "note",
                "published_at",
                "created_at",
                "updated_at",
                "author_id"
              from "$new"
            ) "t0"
            where ("t0"."id" = "c0"."article_id")
          )]::boolean[]
        ) as "$said"
        from "$new0" "c0"
        limit 100
      ) "s"
    )
  )::text as "said";
