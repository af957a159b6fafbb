-- project.upsert
with "$new" as (
  select "n"."id" as "id",
    $2::uuid as "organization_id",
    $3::text as "slug",
    null::text as "badge",
    ''::text as "title",
    'open'::text as "status",
    '0'::int4 as "budget",
    $4::timestamptz as "created_at",
    $5::uuid as "owner_id",
    null::timestamptz as "deleted_at",
    null::tsvector as "search"
  from (select $1::uuid as "id") "n"
),
"$checked" as (
  select "n"."id",
    "n"."organization_id",
    "n"."slug",
    "n"."badge",
    "n"."title",
    "n"."status",
    "n"."budget",
    "n"."created_at",
    "n"."owner_id",
    "n"."deleted_at",
    "n"."search",
    case when not ((("n"."organization_id" = $2::uuid)) is true) then 0 end as "$failed"
  from "$new" "n"
),
"$written" as (
  insert into "project" as "o" (
    "id",
    "organization_id",
    "slug",
    "badge",
    "title",
    "status",
    "budget",
    "created_at",
    "owner_id",
    "deleted_at",
    "search"
  )
  select "id",
    "organization_id",
    "slug",
    "badge",
    "title",
    "status",
    "budget",
    "created_at",
    "owner_id",
    "deleted_at",
    "search"
  from "$checked"
  where "$failed" is null
  on conflict ("organization_id", "slug")
  where "deleted_at" is null do update
  set "organization_id" = "o"."organization_id"
  where (case when not ((("o"."organization_id" = $2::uuid)) is true) then 0 end) is null
  returning "o"."id",
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
    ("o".xmax = 0) as "$created"
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
    'create'::text,
    $6::text,
    $7::text,
    $8::text,
    $9::text,
    $10::text,
    null::jsonb,
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
    array[]::text[]
  from "$written" "w"
  where "w"."$created"
  returning 1
),
"$history1" as (
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
    'update'::text,
    $6::text,
    $7::text,
    $8::text,
    $9::text,
    $10::text,
    "d"."before",
    "d"."after",
    "d"."hidden"
  from "$written" "w"
  join "project" "o"
  on "o"."id" = "w"."id"
  cross join lateral (
    select null::jsonb as "before", null::jsonb as "after", null::text[] as "hidden", 0 as "n"
  ) "d"
  where not "w"."$created" and "d"."n" > 0
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
              "w"."slug" as "slug",
              "w"."title" as "title",
              "w"."status" as "status",
              "w"."budget" as "budget",
              (select "t5"."handle" from "user" "t5" where ("t5"."id" = "w"."owner_id")) as "owner",
              to_char("w"."deleted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "deletedAt",
              array(
                select (
                  select "t7"."name"
                  from "tag" "t7"
                  where ("t7"."organization_id" = $2::uuid) and ("t7"."id" = "t6"."tag_id")
                )
                from "label" "t6"
                where ("t6"."organization_id" = $2::uuid) and ("t6"."project_id" = "w"."id")
                order by "t6"."id"
              ) as "tags",
              array(
                select "$o"
                from (
                  select "t8"."id" as "id",
                    "t8"."title" as "title",
                    array(
                      select "t9"."note"
                      from "step" "t9"
                      where ("t9"."organization_id" = $2::uuid) and ("t9"."task_id" = "t8"."id")
                      order by "t9"."id"
                    ) as "steps"
                  from "task" "t8"
                  where ("t8"."organization_id" = $2::uuid)
                    and ("t8"."project_id" = "w"."id")
                    and ("t8"."deleted_at" is null)
                  order by "t8"."id"
                ) "$o"
              ) as "tasks"
            from "$written" "w"
            where ("w"."organization_id" = $2::uuid)
          ) "$o"
        )
      )::text
    ) as "body",
    (select "id"::text from "$written" where "$created") as "id"
)
select "written"::text || case when "written" > 0 then pg_notify('bede_changed', 'project')::text else '' end,
  "body",
  "id"
from "$result";

-- why not
with "$new" as (
  select "n"."id" as "id",
    $2::uuid as "organization_id",
    $3::text as "slug",
    null::text as "badge",
    ''::text as "title",
    'open'::text as "status",
    '0'::int4 as "budget",
    $4::timestamptz as "created_at",
    $5::uuid as "owner_id",
    null::timestamptz as "deleted_at",
    null::tsvector as "search"
  from (select $1::uuid as "id") "n"
),
"$checked" as (
  select "n"."id",
    "n"."organization_id",
    "n"."slug",
    "n"."badge",
    "n"."title",
    "n"."status",
    "n"."budget",
    "n"."created_at",
    "n"."owner_id",
    "n"."deleted_at",
    "n"."search",
    case when not ((("n"."organization_id" = $2::uuid)) is true) then 0 end as "$failed"
  from "$new" "n"
)
select coalesce(
  (
    select min(coalesce(case when not ((("o"."organization_id" = $2::uuid)) is true) then 0 end, 3))
    from "project" "o"
    join "$new" "n"
    on "o"."organization_id" = "n"."organization_id"
      and "o"."slug" = "n"."slug"
      and "o"."deleted_at" is null
  ),
  -1
)::text as "found",
  (select min("$failed")::text from "$checked") as "failed",
  json_build_array(
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(null, array[("n"."organization_id" = $2::uuid), true]::boolean[]) as "$said"
        from "$new" "n"
        limit 100
      ) "s"
    ),
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(
          null,
          array[("o"."organization_id" = $2::uuid),
          true,
          true]::boolean[]
        ) as "$said"
        from "project" "o"
        join "$new" "n"
        on "o"."organization_id" = "n"."organization_id"
          and "o"."slug" = "n"."slug"
          and "o"."deleted_at" is null
        limit 100
      ) "s"
    )
  )::text as "said";
