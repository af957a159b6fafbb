-- getProject
select row_to_json("$o")::text as "body"
from (
  select (
    select "$o"
    from (
      select "t0"."id" as "id",
        "t0"."slug" as "slug",
        "t0"."title" as "title",
        "t0"."status" as "status",
        "t0"."budget" as "budget",
        (select "t1"."handle" from "user" "t1" where ("t1"."id" = "t0"."owner_id")) as "owner",
        to_char("t0"."deleted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "deletedAt",
        array(
          select (
            select "t3"."name"
            from "tag" "t3"
            where ("t3"."organization_id" = $1::uuid) and ("t3"."id" = "t2"."tag_id")
          )
          from "label" "t2"
          where ("t2"."organization_id" = $1::uuid) and ("t2"."project_id" = "t0"."id")
          order by "t2"."id"
        ) as "tags",
        array(
          select "$o"
          from (
            select "t4"."id" as "id",
              "t4"."title" as "title",
              array(
                select "t5"."note"
                from "step" "t5"
                where ("t5"."organization_id" = $1::uuid) and ("t5"."task_id" = "t4"."id")
                order by "t5"."id"
              ) as "steps"
            from "task" "t4"
            where ("t4"."organization_id" = $1::uuid)
              and ("t4"."project_id" = "t0"."id")
              and ("t4"."deleted_at" is null)
            order by "t4"."id"
          ) "$o"
        ) as "tasks"
      from "project" "t0"
      where ("t0"."organization_id" = $1::uuid)
        and ("t0"."slug" = $2::text)
        and ("t0"."deleted_at" is null)
    ) "$o"
  ) as "project"
  offset 0
) "$o"
where "$o"."project" is distinct from null;

-- why not
select null::text as "found",
  null::text as "failed",
  json_build_array(
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(null, array[true]::boolean[]) as "$said"
        from "project" "t0"
        where ("t0"."organization_id" = $1::uuid)
          and ("t0"."slug" = $2::text)
          and ("t0"."deleted_at" is null)
        limit 100
      ) "s"
    )
  )::text as "said";
