-- project.list
with "$page" as materialized (
  select (
    select "$o"
    from (
      select "t0"."id" as "id",
        "t0"."slug" as "slug",
        "t0"."title" as "title",
        "t0"."status" as "status",
        "t0"."budget" as "budget",
        (select "t12"."handle" from "user" "t12" where ("t12"."id" = "t0"."owner_id")) as "owner",
        to_char("t0"."deleted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "deletedAt",
        array(
          select (
            select "t14"."name"
            from "tag" "t14"
            where ("t14"."organization_id" = $1::uuid) and ("t14"."id" = "t13"."tag_id")
          )
          from "label" "t13"
          where ("t13"."organization_id" = $1::uuid) and ("t13"."project_id" = "t0"."id")
          order by "t13"."id"
        ) as "tags",
        array(
          select "$o"
          from (
            select "t15"."id" as "id",
              "t15"."title" as "title",
              array(
                select "t16"."note"
                from "step" "t16"
                where ("t16"."organization_id" = $1::uuid) and ("t16"."task_id" = "t15"."id")
                order by "t16"."id"
              ) as "steps"
            from "task" "t15"
            where ("t15"."organization_id" = $1::uuid)
              and ("t15"."project_id" = "t0"."id")
              and ("t15"."deleted_at" is null)
            order by "t15"."id"
          ) "$o"
        ) as "tasks"
    ) "$o"
  ) as "$item",
    ("t0"."created_at")::text as "k0",
    ("t0"."id")::text as "k1"
  from "project" "t0"
  where ("t0"."organization_id" = $1::uuid)
    and exists(
      select 1
      from "task" "t7"
      where ("t7"."organization_id" = $1::uuid)
        and ("t7"."project_id" = "t0"."id")
        and ("t7"."deleted_at" is null)
        and ("t7"."title" = $2::text)
    )
    and ("t0"."deleted_at" is null)
  order by "t0"."created_at" desc, "t0"."id" desc
  limit $3::int4 + 1
)
select array_to_json(array(select "$item" from "$page" limit $3::int4))::text as "body",
  case when (select count(*) from "$page") > $3::int4 then (
    select json_build_array("k0", "k1")::text from "$page" offset $3::int4 - 1 limit 1
  ) end as "cursor",
  (
    select count(*)
    from "project" "t0"
    where ("t0"."organization_id" = $1::uuid)
      and exists(
        select 1
        from "task" "t7"
        where ("t7"."organization_id" = $1::uuid)
          and ("t7"."project_id" = "t0"."id")
          and ("t7"."deleted_at" is null)
          and ("t7"."title" = $2::text)
      )
      and ("t0"."deleted_at" is null)
  )::text as "total";

-- why not
select null::text as "found", null::text as "failed", null::text as "said";
