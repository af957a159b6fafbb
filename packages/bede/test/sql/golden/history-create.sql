-- page.create
with "$new" as (
  select "n"."id" as "id",
    $2::text as "title",
    '0'::int4 as "size",
    $3::uuid as "folder_id",
    null::uuid as "parent_id",
    null::timestamptz as "deleted_at"
  from (select $1::uuid as "id") "n"
),
"$checked" as (
  select "n"."id",
    "n"."title",
    "n"."size",
    "n"."folder_id",
    "n"."parent_id",
    "n"."deleted_at",
    case when not (
      (
        exists(
          select 1
          from "folder" "t0"
          where ("t0"."id" = "n"."folder_id")
            and ("t0"."deleted_at" is null)
            and (("t0"."owner_id" = $4::uuid) or ("t0"."shared" = true))
        )
      ) is true
    ) then 0 when not (
      (
        (
          (
            select "t2"."owner_id"
            from "folder" "t2"
            where ("t2"."id" = "n"."folder_id") and ("t2"."deleted_at" is null)
          ) = $4::uuid
        )
      ) is true
    ) then 2 end as "$failed"
  from "$new" "n"
),
"$written" as (
  insert into "page" as "o" ("id", "title", "size", "folder_id", "parent_id", "deleted_at")
  select "id", "title", "size", "folder_id", "parent_id", "deleted_at"
  from "$checked"
  where "$failed" is null
  returning "o"."id", "o"."title", "o"."size", "o"."folder_id", "o"."parent_id", "o"."deleted_at"
),
"$history0" as (
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
    'create'::text,
    $5::text,
    $6::text,
    $7::text,
    $8::text,
    $9::text,
    null::jsonb,
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
    array[]::text[]
  from "$written" "w"
  returning 1
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
              (
                select "t3"."slug"
                from "folder" "t3"
                where ("t3"."id" = "w"."folder_id")
                  and ("t3"."deleted_at" is null)
                  and (("t3"."owner_id" = $4::uuid) or ("t3"."shared" = true))
              ) as "folder"
            from "$written" "w"
            where exists(
              select 1
              from "folder" "t3"
              where ("t3"."id" = "w"."folder_id")
                and ("t3"."deleted_at" is null)
                and (("t3"."owner_id" = $4::uuid) or ("t3"."shared" = true))
            )
              and exists(
                select 1
                from "folder" "t5"
                where ("t5"."id" = "w"."folder_id")
                  and ("t5"."deleted_at" is null)
                  and ("t5"."owner_id" = $4::uuid)
              )
          ) "$o"
        )
      )::text
    ) as "body",
    (select "id"::text from "$written") as "id"
)
select "written"::text, "body", "id"
from "$result";
