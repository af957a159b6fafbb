-- article.list
with "$page" as materialized (
  select (
    select "$o"
    from (
      select "t0"."id" as "id",
        "t0"."title" as "title",
        "t0"."status" as "status",
        "t0"."views" as "views",
        to_char("t0"."created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "createdAt",
        array(
          select "t2"."name"
          from "tag" "t2"
          where ("t2"."article_id" = "t0"."id")
          order by "t2"."id"
        ) as "tags",
        exists(
          select 1
          from "favorite" "t3"
          where ("t3"."article_id" = "t0"."id") and ("t3"."user_id" = $1::uuid)
        ) as "favorited",
        (select count(*) from "favorite" "t4" where ("t4"."article_id" = "t0"."id")) as "favorites",
        "$t5" as "author"
    ) "$o"
  ) as "$item",
    ("t0"."created_at")::text as "k0",
    ("t0"."id")::text as "k1"
  from "article" "t0"
  cross join lateral (
    select "t5"."name" as "name",
      case when ("t5"."id" = $1::uuid) then "t5"."email" else null::text end as "email"
    from "user" "t5"
    where ("t5"."id" = "t0"."author_id") and (("t5"."hidden" = false) or ("t5"."id" = $1::uuid))
  ) "$t5"
  where ("t0"."status" = $2::text)
    and exists(
      select 1 from "tag" "t1" where ("t1"."article_id" = "t0"."id") and ("t1"."name" = $3::text)
    )
    and (
      ("t0"."status" = 'published'::text)
      or ("t0"."author_id" = $1::uuid)
      or ($4::text = 'editor'::text)
    )
  order by "t0"."created_at" desc, "t0"."id" desc
  limit $5::int4 + 1
)
select array_to_json(array(select "$item" from "$page" limit $5::int4))::text as "body",
  case when (select count(*) from "$page") > $5::int4 then (
    select json_build_array("k0", "k1")::text from "$page" offset $5::int4 - 1 limit 1
  ) end as "cursor",
  (
    select count(*)
    from "article" "t0"
    cross join lateral (
      select "t5"."name" as "name",
        case when ("t5"."id" = $1::uuid) then "t5"."email" else null::text end as "email"
      from "user" "t5"
      where ("t5"."id" = "t0"."author_id") and (("t5"."hidden" = false) or ("t5"."id" = $1::uuid))
    ) "$t5"
    where ("t0"."status" = $2::text)
      and exists(
        select 1 from "tag" "t1" where ("t1"."article_id" = "t0"."id") and ("t1"."name" = $3::text)
      )
      and (
        ("t0"."status" = 'published'::text)
        or ("t0"."author_id" = $1::uuid)
        or ($4::text = 'editor'::text)
      )
  )::text as "total";

-- why not
select null::text as "found", null::text as "failed", null::text as "said";
