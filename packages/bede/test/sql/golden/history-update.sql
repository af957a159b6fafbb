-- page.update
with "$old" as (
  select "o"."id",
    "o"."title",
    "o"."size",
    "o"."folder_id",
    "o"."parent_id",
    "o"."deleted_at",
    case when not (
      (
        (
          (
            select "t0"."owner_id"
            from "folder" "t0"
            where ("t0"."id" = "o"."folder_id") and ("t0"."deleted_at" is null)
          ) = $1::uuid
        )
      ) is true
    ) then 0 end as "$failed"
  from "page" "o"
  where ("o"."id" = $2::uuid)
    and ("o"."deleted_at" is null)
    and exists(
      select 1
      from "folder" "t6"
      where ("t6"."id" = "o"."folder_id")
        and ("t6"."deleted_at" is null)
        and ("t6"."owner_id" = $1::uuid)
    )
  for update of "o"
),
"$new" as (
  select "o"."id" as "id",
    $3::text as "title",
    "o"."size" as "size",
    "o"."folder_id" as "folder_id",
    "o"."parent_id" as "parent_id",
    "o"."deleted_at" as "deleted_at",
    "o"."$failed"
  from "$old" "o"
),
"$checked" as (
  select "n"."id",
    "n"."title",
    "n"."size",
    "n"."folder_id",
    "n"."parent_id",
    "n"."deleted_at",
    coalesce(
      "n"."$failed",
      case when not (
        (
          (
            (
              select "t1"."owner_id"
              from "folder" "t1"
              where ("t1"."id" = "n"."folder_id") and ("t1"."deleted_at" is null)
            ) = $1::uuid
          )
        ) is true
      ) then 2 end
    ) as "$failed"
  from "$new" "n"
),
"$written" as (
  update "page" "t"
  set "title" = "c"."title"
  from "$checked" "c"
  where "t"."id" = "c"."id" and not exists(select 1 from "$checked" where "$failed" is not null)
  returning "t"."id", "t"."title", "t"."size", "t"."folder_id", "t"."parent_id", "t"."deleted_at"
),
"$history0" as (
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
    'update'::text,
    $4::text,
    $5::text,
    $6::text,
    $7::text,
    $8::text,
    "d"."before",
    "d"."after",
    "d"."hidden"
  from "$written" "w"
  join (select "id", "title", "size", "folder_id", "parent_id", "deleted_at" from "$old") "o"
  on "o"."id" = "w"."id"
  cross join lateral (
    select jsonb_object_agg("v"."k", "v"."b") filter (where "v"."kept") as "before",
      jsonb_object_agg("v"."k", "v"."a") filter (where "v"."kept") as "after",
      coalesce(array_agg("v"."k") filter (where not "v"."kept"), '{}') as "hidden",
      count(*) as "n"
    from (
      values (
        'title'::text,
        true,
        "o"."title" is distinct from "w"."title",
        to_jsonb("o"."title"),
        to_jsonb("w"."title")
      )
    ) "v"("k", "kept", "differs", "b", "a")
    where "v"."differs"
  ) "d"
  where "d"."n" > 0
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
              "w"."title" as "title",
              (
                select "t5"."slug"
                from "folder" "t5"
                where ("t5"."id" = "w"."folder_id")
                  and ("t5"."deleted_at" is null)
                  and (("t5"."owner_id" = $1::uuid) or ("t5"."shared" = true))
              ) as "folder"
            from "$written" "w"
            where exists(
              select 1
              from "folder" "t5"
              where ("t5"."id" = "w"."folder_id")
                and ("t5"."deleted_at" is null)
                and (("t5"."owner_id" = $1::uuid) or ("t5"."shared" = true))
            )
              and exists(
                select 1
                from "folder" "t8"
                where ("t8"."id" = "w"."folder_id")
                  and ("t8"."deleted_at" is null)
                  and ("t8"."owner_id" = $1::uuid)
              )
          ) "$o"
        )
      )::text
    ) as "body"
)
select "written"::text, "body"
from "$result";
