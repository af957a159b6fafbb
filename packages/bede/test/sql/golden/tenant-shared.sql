-- user.get
select row_to_json("$o")::text as "body"
from (
  select "t0"."id" as "id",
    "t0"."handle" as "handle",
    exists(
      select 1
      from "task" "t1"
      where ("t1"."organization_id" = $1::uuid)
        and ("t1"."assignee_id" = "t0"."id")
        and ("t1"."deleted_at" is null)
    ) as "busy",
    (
      not exists(
        select 1
        from "task" "t2"
        where ("t2"."organization_id" = $1::uuid)
          and ("t2"."assignee_id" = "t0"."id")
          and ("t2"."deleted_at" is null)
          and (("t2"."points" > '1000'::int4)) is not true
      )
    ) as "idle",
    (
      select count(*)
      from "task" "t3"
      where ("t3"."organization_id" = $1::uuid)
        and ("t3"."assignee_id" = "t0"."id")
        and ("t3"."deleted_at" is null)
    ) as "tasks",
    (
      select sum("s"."v")
      from (
        select "t4"."points" as "v"
        from "task" "t4"
        where ("t4"."organization_id" = $1::uuid)
          and ("t4"."assignee_id" = "t0"."id")
          and ("t4"."deleted_at" is null)
      ) "s"
    ) as "points",
    array(
      select "$o"
      from (
        select "t5"."title" as "title",
          (
            select "t6"."slug"
            from "project" "t6"
            where ("t6"."organization_id" = $1::uuid)
              and ("t6"."id" = "t5"."project_id")
              and ("t6"."deleted_at" is null)
          ) as "project"
        from "task" "t5"
        where ("t5"."organization_id" = $1::uuid)
          and ("t5"."assignee_id" = "t0"."id")
          and exists(
            select 1
            from "project" "t6"
            where ("t6"."organization_id" = $1::uuid)
              and ("t6"."id" = "t5"."project_id")
              and ("t6"."deleted_at" is null)
          )
          and ("t5"."deleted_at" is null)
        order by "t5"."id"
      ) "$o"
    ) as "titles"
  from "user" "t0"
  where ("t0"."id" = $2::uuid)
) "$o";

-- why not
select null::text as "found",
  null::text as "failed",
  json_build_array(
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(null, array[true]::boolean[]) as "$said"
        from "user" "t0"
        where ("t0"."id" = $1::uuid)
        limit 100
      ) "s"
    )
  )::text as "said";
