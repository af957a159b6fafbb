-- page.history
with "$page" as materialized (
  select (
    select "$o"
    from (
      select to_char("t0"."at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "at",
        "t0"."change" as "change",
        "t0"."operation" as "operation",
        "t0"."actor_id" as "actorId",
        "t0"."impersonator_id" as "impersonatorId",
        "t0"."reason" as "reason",
        "t0"."request_id" as "requestId",
        (
          select jsonb_object_agg("e"."key", "e"."value")
          from jsonb_each("t0"."before") "e"
          where "e"."key" = any(
            array['id'::text,
            'title'::text,
            'size'::text,
            'folderId'::text,
            'parentId'::text,
            'deletedAt'::text]::text[]
          )
        ) as "before",
        (
          select jsonb_object_agg("e"."key", "e"."value")
          from jsonb_each("t0"."after") "e"
          where "e"."key" = any(
            array['id'::text,
            'title'::text,
            'size'::text,
            'folderId'::text,
            'parentId'::text,
            'deletedAt'::text]::text[]
          )
        ) as "after",
        "t0"."hidden" as "hidden"
    ) "$o"
  ) as "$item",
    ("t0"."id")::text as "k0"
  from "bede"."history_page" "t0"
  where ("t0"."row_id" = $1::uuid)
    and exists(
      select 1
      from "page" "t1"
      where ("t1"."id" = "t0"."row_id")
        and (
          exists(
            select 1
            from "folder" "t3"
            where ("t3"."id" = "t1"."folder_id")
              and ("t3"."deleted_at" is null)
              and ("t3"."owner_id" = $2::uuid)
          )
          and (
            ("t1"."deleted_at" is null)
            or (
              (
                select "t4"."owner_id"
                from "folder" "t4"
                where ("t4"."id" = "t1"."folder_id") and ("t4"."deleted_at" is null)
              ) = $2::uuid
            )
          )
          and exists(
            select 1
            from "folder" "t2"
            where ("t2"."id" = "t1"."folder_id")
              and ("t2"."deleted_at" is null)
              and ("t2"."owner_id" = $2::uuid)
          )
        )
    )
  order by "t0"."id" desc
  limit $3::int4 + 1
)
select array_to_json(array(select "$item" from "$page" limit $3::int4))::text as "body",
  case when (select count(*) from "$page") > $3::int4 then (
    select json_build_array("k0")::text from "$page" offset $3::int4 - 1 limit 1
  ) end as "cursor",
  null::text as "total";
