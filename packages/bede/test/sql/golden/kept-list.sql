-- page.list
with "$page" as materialized (
  select (
    select "$o"
    from (
      select "t0"."id" as "id",
        "t0"."title" as "title",
        (
          select "t1"."slug"
          from "folder" "t1"
          where ("t1"."id" = "t0"."folder_id")
            and ("t1"."deleted_at" is null)
            and (("t1"."owner_id" = $1::uuid) or ("t1"."shared" = true))
        ) as "folder"
    ) "$o"
  ) as "$item",
    ("t0"."id")::text as "k0"
  from "page" "t0"
  where exists(
    select 1
    from "folder" "t1"
    where ("t1"."id" = "t0"."folder_id")
      and ("t1"."deleted_at" is null)
      and (("t1"."owner_id" = $1::uuid) or ("t1"."shared" = true))
  )
    and ("t0"."deleted_at" is null)
    and exists(
      select 1
      from "folder" "t2"
      where ("t2"."id" = "t0"."folder_id")
        and ("t2"."deleted_at" is null)
        and ("t2"."owner_id" = $1::uuid)
    )
  order by "t0"."id"
  limit $2::int4 + 1
)
select array_to_json(array(select "$item" from "$page" limit $2::int4))::text as "body",
  case when (select count(*) from "$page") > $2::int4 then (
    select json_build_array("k0")::text from "$page" offset $2::int4 - 1 limit 1
  ) end as "cursor",
  null::text as "total";
