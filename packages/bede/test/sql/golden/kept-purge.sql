-- folder.purge
with recursive "$old" as (
  select "o"."id",
    "o"."slug",
    "o"."shared",
    "o"."combination",
    "o"."worth",
    "o"."owner_id",
    "o"."deleted_at",
    case when not (((("o"."owner_id" = $1::uuid) and ($2::text = 'keeper'::text))) is true) then 0 end as "$failed"
  from "folder" "o"
  where ("o"."id" = $3::uuid)
    and ("o"."deleted_at" is not null)
    and (("o"."owner_id" = $1::uuid) or ("o"."shared" = true))
    and (
      ("o"."owner_id" = $1::uuid)
      or (("o"."owner_id" = $1::uuid) and ($2::text = 'keeper'::text))
    )
  for update of "o"
),
"$gone" as (
  select "o"."id"::text as "$root",
    null::timestamptz as "$at",
    'folder'::text as "$model",
    "o"."id"::text as "$id"
  from "$old" "o"
  union
  select "g"."$root", "g"."$at", "s"."$model", "s"."$id"
  from "$gone" "g"
  cross join lateral (
    select 'page'::text as "$model", "t"."id"::text as "$id"
    from "page" "t"
    where "t"."folder_id" = case when "g"."$model" = 'folder'::text then "g"."$id"::uuid end
    union all
    select 'page'::text as "$model", "t"."id"::text as "$id"
    from "page" "t"
    where "t"."parent_id" = case when "g"."$model" = 'page'::text then "g"."$id"::uuid end
  ) "s"
),
"$checked" as (select * from "$old" "o"),
"$written" as (
  delete from "folder" "t" using "$checked" "c"
  where "t"."id" = "c"."id" and not exists(select 1 from "$checked" where "$failed" is not null)
  returning "t"."id",
    "t"."slug",
    "t"."shared",
    "t"."combination",
    "t"."worth",
    "t"."owner_id",
    "t"."deleted_at"
),
"$along0" as (
  delete from "page" "t"
  where "t"."id" in (
    select "g"."$id"::uuid
    from "$gone" "g"
    where "g"."$model" = 'page'::text and "g"."$root" in (select "w"."id"::text from "$written" "w")
  )
  returning "t"."id", "t"."title", "t"."size", "t"."folder_id", "t"."parent_id", "t"."deleted_at"
),
"$history0" as (
  insert into "bede"."history_folder" (
    "row_id",
    "at",
    "change",
    "operation",
    "actor_id",
    "impersonator_id",
    "reason",
    "request_id",
    "before",
    "after",
    "hidden"
  )
  select "w"."id",
    date_trunc('milliseconds', clock_timestamp()),
    'purge'::text,
    $4::text,
    $5::text,
    $6::text,
    $7::text,
    $8::text,
    (
      select row_to_json("$o")
      from (
        select "w"."id" as "id",
          "w"."slug" as "slug",
          "w"."shared" as "shared",
          "w"."worth"::text as "worth",
          "w"."owner_id" as "ownerId",
          to_char("w"."deleted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "deletedAt"
      ) as "$o"
    )::jsonb,
    null::jsonb,
    array['combination'::text]::text[]
  from "$written" "w"
  returning 1
),
"$history1" as (
  insert into "bede"."history_page" (
    "row_id",
    "at",
    "change",
    "operation",
    "actor_id",
    "impersonator_id",
    "reason",
    "request_id",
    "before",
    "after",
    "hidden"
  )
  select "w"."id",
    date_trunc('milliseconds', clock_timestamp()),
    'purge'::text,
    $4::text,
    $5::text,
    $6::text,
    $7::text,
    $8::text,
    (
      select row_to_json("$o")
      from (
        select "w"."id" as "id",
          "w"."title" as "title",
          "w"."size" as "size",
          "w"."folder_id" as "folderId",
          "w"."parent_id" as "parentId",
          to_char("w"."deleted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "deletedAt"
      ) as "$o"
    )::jsonb,
    null::jsonb,
    array[]::text[]
  from "$along0" "w"
  returning 1
),
"$result" as (select (select count(*) from "$written") as "written", null::text as "body")
select "written"::text, "body"
from "$result";
