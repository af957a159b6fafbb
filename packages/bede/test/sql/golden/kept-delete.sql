-- folder.delete
with recursive "$old" as (
  select "o"."id",
    "o"."slug",
    "o"."shared",
    "o"."combination",
    "o"."worth",
    "o"."owner_id",
    "o"."deleted_at",
    case when not ((("o"."owner_id" = $1::uuid)) is true) then 0 end as "$failed"
  from "folder" "o"
  where ("o"."id" = $2::uuid)
    and ("o"."deleted_at" is null)
    and (("o"."owner_id" = $1::uuid) or ("o"."shared" = true))
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
      and "t"."deleted_at" is null
    union all
    select 'page'::text as "$model", "t"."id"::text as "$id"
    from "page" "t"
    where "t"."parent_id" = case when "g"."$model" = 'page'::text then "g"."$id"::uuid end
      and "t"."deleted_at" is null
  ) "s"
),
"$checked" as (
  select "o"."id",
    "o"."slug",
    "o"."shared",
    "o"."combination",
    "o"."worth",
    "o"."owner_id",
    "o"."deleted_at",
    coalesce(
      "o"."$failed",
      case when exists(
        select 1
        from "$gone" "g"
        join "loan" "h"
        on "h"."folder_id" = case when "g"."$model" = 'folder'::text then "g"."$id"::uuid end
        where "g"."$root" = "o"."id"::text and "h"."deleted_at" is null
      ) then 2 end
    ) as "$failed"
  from "$old" "o"
),
"$written" as (
  update "folder" "t"
  set "deleted_at" = $3::timestamptz
  from "$checked" "c"
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
  update "page" "t"
  set "deleted_at" = $3::timestamptz
  where "t"."id" in (
    select "g"."$id"::uuid
    from "$gone" "g"
    where "g"."$model" = 'page'::text and "g"."$root" in (select "w"."id"::text from "$written" "w")
  )
    and "t"."deleted_at" is null
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
    'delete'::text,
    $4::text,
    $5::text,
    $6::text,
    $7::text,
    $8::text,
    "d"."before",
    "d"."after",
    "d"."hidden"
  from "$written" "w"
  join (select "id", "slug", "shared", "combination", "worth", "owner_id", "deleted_at" from "$old") "o"
  on "o"."id" = "w"."id"
  cross join lateral (
    select jsonb_object_agg("v"."k", "v"."b") filter (where "v"."kept") as "before",
      jsonb_object_agg("v"."k", "v"."a") filter (where "v"."kept") as "after",
      coalesce(array_agg("v"."k") filter (where not "v"."kept"), '{}') as "hidden",
      count(*) as "n"
    from (
      values (
        'deletedAt'::text,
        true,
        "o"."deleted_at" is distinct from "w"."deleted_at",
        to_jsonb(to_char("o"."deleted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
        to_jsonb(to_char("w"."deleted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
      )
    ) "v"("k", "kept", "differs", "b", "a")
    where "v"."differs"
  ) "d"
  where "d"."n" > 0
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
    'delete'::text,
    $4::text,
    $5::text,
    $6::text,
    $7::text,
    $8::text,
    "d"."before",
    "d"."after",
    "d"."hidden"
  from "$along0" "w"
  join "page" "o"
  on "o"."id" = "w"."id"
  cross join lateral (
    select jsonb_object_agg("v"."k", "v"."b") filter (where "v"."kept") as "before",
      jsonb_object_agg("v"."k", "v"."a") filter (where "v"."kept") as "after",
      coalesce(array_agg("v"."k") filter (where not "v"."kept"), '{}') as "hidden",
      count(*) as "n"
    from (
      values (
        'deletedAt'::text,
        true,
        "o"."deleted_at" is distinct from "w"."deleted_at",
        to_jsonb(to_char("o"."deleted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
        to_jsonb(to_char("w"."deleted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
      )
    ) "v"("k", "kept", "differs", "b", "a")
    where "v"."differs"
  ) "d"
  where "d"."n" > 0
  returning 1
),
"$result" as (select (select count(*) from "$written") as "written", null::text as "body")
select "written"::text, "body"
from "$result";
