-- folder.listDeleted
with "$page" as materialized (
  select (
    select "$o"
    from (
      select "t0"."id" as "id",
        "t0"."slug" as "slug",
        to_char("t0"."deleted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "deletedAt",
        array(
          select "t1"."title"
          from "page" "t1"
          where ("t1"."folder_id" = "t0"."id")
            and ("t1"."deleted_at" is null)
            and exists(
              select 1
              from "folder" "t6"
              where ("t6"."id" = "t1"."folder_id")
                and ("t6"."deleted_at" is null)
                and ("t6"."owner_id" = $1::uuid)
            )
          order by "t1"."title", "t1"."id"
        ) as "pages",
        exists(
          select 1
          from "page" "t2"
          where ("t2"."folder_id" = "t0"."id")
            and ("t2"."deleted_at" is null)
            and exists(
              select 1
              from "folder" "t7"
              where ("t7"."id" = "t2"."folder_id")
                and ("t7"."deleted_at" is null)
                and ("t7"."owner_id" = $1::uuid)
            )
            and ("t2"."size" > '10'::int4)
        ) as "big",
        (
          not exists(
            select 1
            from "page" "t3"
            where ("t3"."folder_id" = "t0"."id")
              and ("t3"."deleted_at" is null)
              and exists(
                select 1
                from "folder" "t8"
                where ("t8"."id" = "t3"."folder_id")
                  and ("t8"."deleted_at" is null)
                  and ("t8"."owner_id" = $1::uuid)
              )
              and (("t3"."size" < '10'::int4)) is not true
          )
        ) as "every",
        (
          not exists(
            select 1
            from "page" "t4"
            where ("t4"."folder_id" = "t0"."id")
              and ("t4"."deleted_at" is null)
              and exists(
                select 1
                from "folder" "t9"
                where ("t9"."id" = "t4"."folder_id")
                  and ("t9"."deleted_at" is null)
                  and ("t9"."owner_id" = $1::uuid)
              )
          )
        ) as "none",
        (
          select count(*)
          from "page" "t5"
          where ("t5"."folder_id" = "t0"."id")
            and ("t5"."deleted_at" is null)
            and exists(
              select 1
              from "folder" "t10"
              where ("t10"."id" = "t5"."folder_id")
                and ("t10"."deleted_at" is null)
                and ("t10"."owner_id" = $1::uuid)
            )
        ) as "count",
        case when ($2::text = 'keeper'::text) then "t0"."worth" else null::numeric end::text as "worth"
    ) "$o"
  ) as "$item",
    ("t0"."deleted_at")::text as "k0",
    ("t0"."id")::text as "k1"
  from "folder" "t0"
  where ("t0"."deleted_at" is not null)
    and (("t0"."owner_id" = $1::uuid) or ("t0"."shared" = true))
    and (
      ("t0"."owner_id" = $1::uuid)
      or (("t0"."owner_id" = $1::uuid) and ($2::text = 'keeper'::text))
    )
  order by "t0"."deleted_at" desc, "t0"."id" desc
  limit $3::int4 + 1
)
select array_to_json(array(select "$item" from "$page" limit $3::int4))::text as "body",
  case when (select count(*) from "$page") > $3::int4 then (
    select json_build_array("k0", "k1")::text from "$page" offset $3::int4 - 1 limit 1
  ) end as "cursor",
  null::text as "total";
