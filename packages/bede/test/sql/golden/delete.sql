-- article.delete
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
    case when not ((("o"."author_id" = $1::uuid)) is true) then 0 end as "$failed"
  from "article" "o"
  where ("o"."id" = $2::uuid)
    and (
      ("o"."status" = 'published'::text)
      or ("o"."author_id" = $1::uuid)
      or ($3::text = 'editor'::text)
    )
  for update of "o"
),
"$checked" as (select * from "$old" "o"),
"$written" as (
  delete from "article" "t" using "$checked" "c"
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
"$result" as (select (select count(*) from "$written") as "written", null::text as "body")
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
    case when not ((("o"."author_id" = $1::uuid)) is true) then 0 end as "$failed"
  from "article" "o"
  where ("o"."id" = $2::uuid)
    and (
      ("o"."status" = 'published'::text)
      or ("o"."author_id" = $1::uuid)
      or ($3::text = 'editor'::text)
    )
),
"$checked" as (select * from "$old" "o")
select (select count(*) from "$checked")::text as "found",
  (select min("$failed")::text from "$checked") as "failed",
  json_build_array(
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(
          null,
          array[("o"."status" = 'published'::text),
          ("o"."author_id" = $1::uuid),
          ($3::text = 'editor'::text)]::boolean[]
        ) as "$said"
        from "article" "o"
        where ("o"."id" = $2::uuid)
        limit 100
      ) "s"
    ),
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(null, array[("o"."author_id" = $1::uuid)]::boolean[]) as "$said"
        from "$old" "o"
        limit 100
      ) "s"
    )
  )::text as "said";
