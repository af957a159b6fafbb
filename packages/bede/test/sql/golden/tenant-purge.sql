-- project.purge
with "$old" as (
  select "o"."id",
    "o"."organization_id",
    "o"."slug",
    "o"."badge",
    "o"."title",
    "o"."status",
    "o"."budget",
    "o"."created_at",
    "o"."owner_id",
    "o"."deleted_at",
    "o"."search",
    null::int4 as "$failed"
  from "project" "o"
  where ("o"."organization_id" = $1::uuid)
    and ("o"."id" = $2::uuid)
    and ("o"."deleted_at" is not null)
  for update of "o"
),
"$checked" as (select * from "$old" "o"),
"$written" as (
  delete from "project" "t" using "$checked" "c"
  where "t"."id" = "c"."id" and not exists(select 1 from "$checked" where "$failed" is not null)
  returning "t"."id",
    "t"."organization_id",
    "t"."slug",
    "t"."badge",
    "t"."title",
    "t"."status",
    "t"."budget",
    "t"."created_at",
    "t"."owner_id",
    "t"."deleted_at",
    "t"."search"
),
"$history0" as (
  insert into "bede"."history_project" (
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
    $3::text,
    $4::text,
    $5::text,
    $6::text,
    $7::text,
    (
      select row_to_json("$o")
      from (
        select "w"."id" as "id",
          "w"."organization_id" as "organizationId",
          "w"."slug" as "slug",
          "w"."badge" as "badge",
          "w"."title" as "title",
          "w"."status" as "status",
          "w"."budget" as "budget",
          to_char("w"."created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "createdAt",
          "w"."owner_id" as "ownerId",
          to_char("w"."deleted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "deletedAt"
      ) as "$o"
    )::jsonb,
    null::jsonb,
    array[]::text[]
  from "$written" "w"
  returning 1
),
"$result" as (select (select count(*) from "$written") as "written", null::text as "body")
select "written"::text || case when "written" > 0 then pg_notify('bede_changed', 'project,task')::text else '' end,
  "body"
from "$result";

-- why not
with "$old" as (
  select "o"."id",
    "o"."organization_id",
    "o"."slug",
    "o"."badge",
    "o"."title",
    "o"."status",
    "o"."budget",
    "o"."created_at",
    "o"."owner_id",
    "o"."deleted_at",
    "o"."search",
    null::int4 as "$failed"
  from "project" "o"
  where ("o"."organization_id" = $1::uuid)
    and ("o"."id" = $2::uuid)
    and ("o"."deleted_at" is not null)
),
"$checked" as (select * from "$old" "o")
select (select count(*) from "$checked")::text as "found",
  (select min("$failed")::text from "$checked") as "failed",
  json_build_array(
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(null, array[true]::boolean[]) as "$said"
        from "project" "o"
        where ("o"."organization_id" = $1::uuid)
          and ("o"."id" = $2::uuid)
          and ("o"."deleted_at" is not null)
        limit 100
      ) "s"
    ),
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(null, array[true]::boolean[]) as "$said" from "$old" "o" limit 100
      ) "s"
    )
  )::text as "said";
