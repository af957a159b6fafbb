-- article.updateMany
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
    "i"."$item",
    "i"."$ord",
    case when not (((("o"."author_id" = $2::uuid) or ($3::text = 'editor'::text))) is true) then 0 end as "$failed"
  from "article" "o"
  cross join jsonb_array_elements($1::jsonb)
  with ordinality "i"("$item", "$ord")
  where ("o"."id" = ("i"."$item" ->> 'id')::uuid)
    and (
      ("o"."status" = 'published'::text)
      or ("o"."author_id" = $2::uuid)
      or ($3::text = 'editor'::text)
    )
  for update of "o"
),
"$new" as (
  select distinct
  on ("o"."id") "o"."id" as "id",
    case when ("o"."$item" -> 'title'::text) is not null then ("o"."$item" ->> 'title')::text else "o"."title" end as "title",
    "o"."status" as "status",
    "o"."views" as "views",
    case when ("o"."$item" -> 'note'::text) is not null then ("o"."$item" ->> 'note')::text else "o"."note" end as "note",
    "o"."published_at" as "published_at",
    "o"."created_at" as "created_at",
    $4::timestamptz as "updated_at",
    "o"."author_id" as "author_id",
    "o"."$ord",
    "o"."$failed"
  from "$old" "o"
  order by "o"."id", "o"."$ord"
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
    "n"."$ord",
    coalesce(
      "n"."$failed",
      case when not (((("n"."author_id" = $2::uuid) or ($3::text = 'editor'::text))) is true) then 2 end
    ) as "$failed"
  from "$new" "n"
),
"$written" as (
  update "article" "t"
  set "title" = "c"."title", "note" = "c"."note", "updated_at" = "c"."updated_at"
  from "$checked" "c"
  where "t"."id" = "c"."id" and "c"."$failed" is null
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
      select array_to_json(
        array(
          select "$o"
          from (
            select case when "w"."id" is not null then 'updated' else 'refused' end as "status",
              case when "w"."id" is not null then null when "c"."$ord" is null
              and exists(select 1 from "$old" "d" where "d"."$ord" = "i"."$ord") then 'conflict' when "c"."$ord" is null then 'not-found' when "c"."$failed" is not null then case "c"."$failed" when 0 then 'forbidden' when 1 then 'precondition-failed' when 2 then 'forbidden' end else 'conflict' end as "code",
              "w"."id" as "id"
            from jsonb_array_elements($1::jsonb)
            with ordinality "i"("$item", "$ord")
            left join "$checked" "c"
            on "c"."$ord" = "i"."$ord"
            left join "$written" "w"
            on "w"."id" = "c"."id"
            order by "i"."$ord"
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
    "i"."$item",
    "i"."$ord",
    case when not (((("o"."author_id" = $2::uuid) or ($3::text = 'editor'::text))) is true) then 0 end as "$failed"
  from "article" "o"
  cross join jsonb_array_elements($1::jsonb)
  with ordinality "i"("$item", "$ord")
  where ("o"."id" = ("i"."$item" ->> 'id')::uuid)
    and (
      ("o"."status" = 'published'::text)
      or ("o"."author_id" = $2::uuid)
      or ($3::text = 'editor'::text)
    )
),
"$new" as (
  select distinct
  on ("o"."id") "o"."id" as "id",
    case when ("o"."$item" -> 'title'::text) is not null then ("o"."$item" ->> 'title')::text else "o"."title" end as "title",
    "o"."status" as "status",
    "o"."views" as "views",
    case when ("o"."$item" -> 'note'::text) is not null then ("o"."$item" ->> 'note')::text else "o"."note" end as "note",
    "o"."published_at" as "published_at",
    "o"."created_at" as "created_at",
    $4::timestamptz as "updated_at",
    "o"."author_id" as "author_id",
    "o"."$ord",
    "o"."$failed"
  from "$old" "o"
  order by "o"."id", "o"."$ord"
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
    "n"."$ord",
    coalesce(
      "n"."$failed",
      case when not (((("n"."author_id" = $2::uuid) or ($3::text = 'editor'::text))) is true) then 2 end
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
          "i"."$ord",
          array[("o"."status" = 'published'::text),
          ("o"."author_id" = $2::uuid),
          ($3::text = 'editor'::text)]::boolean[]
        ) as "$said"
        from "article" "o"
        cross join jsonb_array_elements($1::jsonb)
        with ordinality "i"("$item", "$ord")
        where ("o"."id" = ("i"."$item" ->> 'id')::uuid)
        order by "i"."$ord"
      ) "s"
    ),
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(
          "o"."$ord",
          array[("o"."author_id" = $2::uuid),
          ($3::text = 'editor'::text)]::boolean[]
        ) as "$said"
        from "$old" "o"
        order by "o"."$ord"
      ) "s"
    ),
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(
          "n"."$ord",
          array[("n"."author_id" = $2::uuid),
          ($3::text = 'editor'::text)]::boolean[]
        ) as "$said"
        from "$new" "n"
        order by "n"."$ord"
      ) "s"
    )
  )::text as "said";
