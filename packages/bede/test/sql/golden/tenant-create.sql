-- task.create
with "$new" as (
  select "n"."id" as "id",
    $2::uuid as "organization_id",
    $3::text as "title",
    '0'::int4 as "points",
    $4::uuid as "project_id",
    null::uuid as "parent_id",
    null::uuid as "assignee_id",
    null::timestamptz as "deleted_at"
  from (select $1::uuid as "id") "n"
),
"$checked" as (
  select "n"."id",
    "n"."organization_id",
    "n"."title",
    "n"."points",
    "n"."project_id",
    "n"."parent_id",
    "n"."assignee_id",
    "n"."deleted_at",
    case when not ((("n"."organization_id" = $2::uuid)) is true) then 0 when not (
      (
        exists(
          select 1
          from "project" "t0"
          where ("t0"."organization_id" = $2::uuid)
            and ("t0"."id" = "n"."project_id")
            and ("t0"."deleted_at" is null)
        )
      ) is true
    ) then 1 end as "$failed"
  from "$new" "n"
),
"$written" as (
  insert into "task" as "o" (
    "id",
    "organization_id",
    "title",
    "points",
    "project_id",
    "parent_id",
    "assignee_id",
    "deleted_at"
  )
  select "id",
    "organization_id",
    "title",
    "points",
    "project_id",
    "parent_id",
    "assignee_id",
    "deleted_at"
  from "$checked"
  where "$failed" is null
  returning "o"."id",
    "o"."organization_id",
    "o"."title",
    "o"."points",
    "o"."project_id",
    "o"."parent_id",
    "o"."assignee_id",
    "o"."deleted_at"
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
              "w"."points" as "points",
              (
                select "t2"."slug"
                from "project" "t2"
                where ("t2"."organization_id" = $2::uuid)
                  and ("t2"."id" = "w"."project_id")
                  and ("t2"."deleted_at" is null)
              ) as "project",
              (
                select "t3"."title"
                from (
                  select "id",
                    "organization_id",
                    "title",
                    "points",
                    "project_id",
                    "parent_id",
                    "assignee_id",
                    "deleted_at"
                  from "task"
                  union all
                  select "id",
                    "organization_id",
                    "title",
                    "points",
                    "project_id",
                    "parent_id",
                    "assignee_id",
                    "deleted_at"
                  from "$written"
                ) "t3"
                where ("t3"."organization_id" = $2::uuid)
                  and ("t3"."id" = "w"."parent_id")
                  and ("t3"."deleted_at" is null)
              ) as "parent"
            from "$written" "w"
            where ("w"."organization_id" = $2::uuid)
              and exists(
                select 1
                from "project" "t2"
                where ("t2"."organization_id" = $2::uuid)
                  and ("t2"."id" = "w"."project_id")
                  and ("t2"."deleted_at" is null)
              )
          ) "$o"
        )
      )::text
    ) as "body",
    (select "id"::text from "$written") as "id"
)
select "written"::text || case when "written" > 0 then pg_notify('bede_changed', 'task')::text else '' end,
  "body",
  "id"
from "$result";

-- why not
with "$new" as (
  select "n"."id" as "id",
    $2::uuid as "organization_id",
    $3::text as "title",
    '0'::int4 as "points",
    $4::uuid as "project_id",
    null::uuid as "parent_id",
    null::uuid as "assignee_id",
    null::timestamptz as "deleted_at"
  from (select $1::uuid as "id") "n"
),
"$checked" as (
  select "n"."id",
    "n"."organization_id",
    "n"."title",
    "n"."points",
    "n"."project_id",
    "n"."parent_id",
    "n"."assignee_id",
    "n"."deleted_at",
    case when not ((("n"."organization_id" = $2::uuid)) is true) then 0 when not (
      (
        exists(
          select 1
          from "project" "t0"
          where ("t0"."organization_id" = $2::uuid)
            and ("t0"."id" = "n"."project_id")
            and ("t0"."deleted_at" is null)
        )
      ) is true
    ) then 1 end as "$failed"
  from "$new" "n"
)
select (-1)::text as "found",
  (select min("$failed")::text from "$checked") as "failed",
  json_build_array(
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(
          null,
          array[("n"."organization_id" = $2::uuid),
          exists(
            select 1
            from "project" "t0"
            where ("t0"."organization_id" = $2::uuid)
              and ("t0"."id" = "n"."project_id")
              and ("t0"."deleted_at" is null)
          ),
          true]::boolean[]
        ) as "$said"
        from "$new" "n"
        limit 100
      ) "s"
    )
  )::text as "said";
