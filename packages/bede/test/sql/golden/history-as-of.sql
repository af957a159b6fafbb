-- page.asOf
select row_to_json("$o")::text as "body"
from (
  select "t0"."id" as "id",
    "t0"."title" as "title",
    (
      select "t1"."slug"
      from "folder" "t1"
      where ("t1"."id" = "t0"."folder_id")
        and ("t1"."deleted_at" is null)
        and (("t1"."owner_id" = $2::uuid) or ("t1"."shared" = true))
    ) as "folder"
  from (
    select "s"."id", "p"."title", "p"."size", "p"."folder_id", "p"."parent_id", "p"."deleted_at"
    from "page" "s"
    cross join lateral jsonb_populate_record(
      "s",
      coalesce(
        (
          select jsonb_object_agg("m"."c", "b"."value")
          from (
            select distinct
            on ("e"."key") "e"."key", "e"."value"
            from "bede"."history_page" "h"
            cross join lateral jsonb_each("h"."before") "e"
            where "h"."row_id" = "s"."id" and "h"."at" > $1::timestamptz
            order by "e"."key", "h"."id"
          ) "b"
          join (
            values ('id'::text, 'id'::text),
              ('title'::text, 'title'::text),
              ('size'::text, 'size'::text),
              ('folderId'::text, 'folder_id'::text),
              ('parentId'::text, 'parent_id'::text),
              ('deletedAt'::text, 'deleted_at'::text)
          ) "m"("f", "c")
          on "m"."f" = "b"."key"
        ),
        '{}'::jsonb
      )
    ) "p"
    where not exists(
      select 1
      from "bede"."history_page" "h"
      where "h"."row_id" = "s"."id" and "h"."at" > $1::timestamptz and "h"."change" = 'create'
    )
  ) "t0"
  where ("t0"."id" = $3::uuid)
    and exists(
      select 1
      from "folder" "t1"
      where ("t1"."id" = "t0"."folder_id")
        and ("t1"."deleted_at" is null)
        and (("t1"."owner_id" = $2::uuid) or ("t1"."shared" = true))
    )
    and ("t0"."deleted_at" is null)
    and exists(
      select 1
      from "folder" "t2"
      where ("t2"."id" = "t0"."folder_id")
        and ("t2"."deleted_at" is null)
        and ("t2"."owner_id" = $2::uuid)
    )
    and exists(
      select 1
      from "page" "t3"
      where ("t3"."id" = "t0"."id")
        and (
          exists(
            select 1
            from "folder" "t5"
            where ("t5"."id" = "t3"."folder_id")
              and ("t5"."deleted_at" is null)
              and ("t5"."owner_id" = $2::uuid)
          )
          and (
            ("t3"."deleted_at" is null)
            or (
              (
                select "t6"."owner_id"
                from "folder" "t6"
                where ("t6"."id" = "t3"."folder_id") and ("t6"."deleted_at" is null)
              ) = $2::uuid
            )
          )
          and exists(
            select 1
            from "folder" "t4"
            where ("t4"."id" = "t3"."folder_id")
              and ("t4"."deleted_at" is null)
              and ("t4"."owner_id" = $2::uuid)
          )
        )
    )
) "$o";
