-- folder.restore
with recursive "$old" as (
  select "o"."id",
    "o"."slug",
    "o"."shared",
    "o"."combination",
    "o"."worth",
    "o"."owner_id",
    "o"."deleted_at",
    case when not ((("o"."owner_id" = $1::uuid)) is true) then 0 end as "$failed"
  from "folder" "o"
  where ("o"."id" = $2::uuid)
    and ("o"."deleted_at" is not null)
    and (("o"."owner_id" = $1::uuid) or ("o"."shared" = true))
    and (
      ("o"."owner_id" = $1::uuid)
      or (("o"."owner_id" = $1::uuid) and ($3::text = 'keeper'::text))
    )
  for update of "o"
),
"$new" as (
  select "o"."id" as "id",
    "o"."slug" as "slug",
    "o"."shared" as "shared",
    "o"."combination" as "combination",
    "o"."worth" as "worth",
    "o"."owner_id" as "owner_id",
    null::timestamptz as "deleted_at",
    "o"."$failed"
  from "$old" "o"
),
"$checked" as (
  select "n"."id",
    "n"."slug",
    "n"."shared",
    "n"."combination",
    "n"."worth",
    "n"."owner_id",
    "n"."deleted_at",
    coalesce("n"."$failed", null::int4) as "$failed"
  from "$new" "n"
),
"$written" as (
  update "folder" "t"
  set "deleted_at" = "c"."deleted_at"
  from "$checked" "c"
  where "t"."id" = "c"."id" and not exists(select 1 from "$checked" where "$failed" is not null)
  returning "t"."id",
    "t"."slug",
    "t"."shared",
    "t"."combination",
    "t"."worth",
    "t"."owner_id",
    "t"."deleted_at"
),
"$gone" as (
  select "o"."id"::text as "$root",
    "o"."deleted_at" as "$at",
    'folder'::text as "$model",
    "o"."id"::text as "$id"
  from "$old" "o"
  union
  select "g"."$root", "g"."$at", "s"."$model", "s"."$id"
  from "$gone" "g"
  cross join lateral (
    select 'page'::text as "$model", "t"."id"::text as "$id"
    from "page" "t"
    where "t"."folder_id" = case when "g"."$model" = 'folder'::text then "g"."$id"::uuid end
      and "t"."deleted_at" = "g"."$at"
    union all
    select 'page'::text as "$model", "t"."id"::text as "$id"
    from "page" "t"
    where "t"."parent_id" = case when "g"."$model" = 'page'::text then "g"."$id"::uuid end
      and "t"."deleted_at" = "g"."$at"
  ) "s"
),
"$along0" as (
  update "page" "t"
  set "deleted_at" = null
  where "t"."id" in (
    select "g"."$id"::uuid
    from "$gone" "g"
    where "g"."$model" = 'page'::text and "g"."$root" in (select "w"."id"::text from "$written" "w")
  )
  returning "t"."id", "t"."title", "t"."size", "t"."folder_id", "t"."parent_id", "t"."deleted_at"
),
"$history0" as (
  insert into "bede"."history_folder" (
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
    'restore'::text,
    $4::text,
    $5::text,
    $6::text,
    $7::text,
    $8::text,
    "d"."before",
    "d"."after",
    "d"."hidden"
  from "$written" "w"
  join (select "id", "slug", "shared", "combination", "worth", "owner_id", "deleted_at" from "$old") "o"
  on "o"."id" = "w"."id"
  cross join lateral (
    select jsonb_object_agg("v"."k", "v"."b") filter (where "v"."kept") as "before",
      jsonb_object_agg("v"."k", "v"."a") filter (where "v"."kept") as "after",
      coalesce(array_agg("v"."k") filter (where not "v"."kept"), '{}') as "hidden",
      count(*) as "n"
    from (
      values (
        'deletedAt'::text,
        true,
        "o"."deleted_at" is distinct from "w"."deleted_at",
        to_jsonb(to_char("o"."deleted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
        to_jsonb(to_char("w"."deleted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
      )
    ) "v"("k", "kept", "differs", "b", "a")
    where "v"."differs"
  ) "d"
  where "d"."n" > 0
  returning 1
),
"$history1" as (
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
    'restore'::text,
    $4::text,
    $5::text,
    $6::text,
    $7::text,
    $8::text,
    "d"."before",
    "d"."after",
    "d"."hidden"
  from "$along0" "w"
  join "page" "o"
  on "o"."id" = "w"."id"
  cross join lateral (
    select jsonb_object_agg("v"."k", "v"."b") filter (where "v"."kept") as "before",
      jsonb_object_agg("v"."k", "v"."a") filter (where "v"."kept") as "after",
      coalesce(array_agg("v"."k") filter (where not "v"."kept"), '{}') as "hidden",
      count(*) as "n"
    from (
      values (
        'deletedAt'::text,
        true,
        "o"."deleted_at" is distinct from "w"."deleted_at",
        to_jsonb(to_char("o"."deleted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
        to_jsonb(to_char("w"."deleted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
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
              "w"."slug" as "slug",
              to_char("w"."deleted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "deletedAt",
              array(
                select "t0"."title"
                from (
                  select "id", "title", "size", "folder_id", "parent_id", "deleted_at"
                  from "page" "s"
                  where not exists(select 1 from "$along0" "x" where "x"."id" = "s"."id")
                  union all
                  select "id", "title", "size", "folder_id", "parent_id", "deleted_at"
                  from "$along0"
                ) "t0"
                where ("t0"."folder_id" = "w"."id")
                  and ("t0"."deleted_at" is null)
                  and exists(
                    select 1
                    from (
                      select "id",
                        "slug",
                        "shared",
                        "combination",
                        "worth",
                        "owner_id",
                        "deleted_at"
                      from "folder" "s"
                      where not exists(select 1 from "$written" "x" where "x"."id" = "s"."id")
                      union all
                      select "id",
                        "slug",
                        "shared",
                        "combination",
                        "worth",
                        "owner_id",
                        "deleted_at"
                      from "$written"
                    ) "t5"
                    where ("t5"."id" = "t0"."folder_id")
                      and ("t5"."deleted_at" is null)
                      and ("t5"."owner_id" = $1::uuid)
                  )
                order by "t0"."title", "t0"."id"
              ) as "pages",
              exists(
                select 1
                from (
                  select "id", "title", "size", "folder_id", "parent_id", "deleted_at"
                  from "page" "s"
                  where not exists(select 1 from "$along0" "x" where "x"."id" = "s"."id")
                  union all
                  select "id", "title", "size", "folder_id", "parent_id", "deleted_at"
                  from "$along0"
                ) "t1"
                where ("t1"."folder_id" = "w"."id")
                  and ("t1"."deleted_at" is null)
                  and exists(
                    select 1
                    from (
                      select "id",
                        "slug",
                        "shared",
                        "combination",
                        "worth",
                        "owner_id",
                        "deleted_at"
                      from "folder" "s"
                      where not exists(select 1 from "$written" "x" where "x"."id" = "s"."id")
                      union all
                      select "id",
                        "slug",
                        "shared",
                        "combination",
                        "worth",
                        "owner_id",
                        "deleted_at"
                      from "$written"
                    ) "t6"
                    where ("t6"."id" = "t1"."folder_id")
                      and ("t6"."deleted_at" is null)
                      and ("t6"."owner_id" = $1::uuid)
                  )
                  and ("t1"."size" > '10'::int4)
              ) as "big",
              (
                not exists(
                  select 1
                  from (
                    select "id", "title", "size", "folder_id", "parent_id", "deleted_at"
                    from "page" "s"
                    where not exists(select 1 from "$along0" "x" where "x"."id" = "s"."id")
                    union all
                    select "id", "title", "size", "folder_id", "parent_id", "deleted_at"
                    from "$along0"
                  ) "t2"
                  where ("t2"."folder_id" = "w"."id")
                    and ("t2"."deleted_at" is null)
                    and exists(
                      select 1
                      from (
                        select "id",
                          "slug",
                          "shared",
                          "combination",
                          "worth",
                          "owner_id",
                          "deleted_at"
                        from "folder" "s"
                        where not exists(select 1 from "$written" "x" where "x"."id" = "s"."id")
                        union all
                        select "id",
                          "slug",
                          "shared",
                          "combination",
                          "worth",
                          "owner_id",
                          "deleted_at"
                        from "$written"
                      ) "t7"
                      where ("t7"."id" = "t2"."folder_id")
                        and ("t7"."deleted_at" is null)
                        and ("t7"."owner_id" = $1::uuid)
                    )
                    and (("t2"."size" < '10'::int4)) is not true
                )
              ) as "every",
              (
                not exists(
                  select 1
                  from (
                    select "id", "title", "size", "folder_id", "parent_id", "deleted_at"
                    from "page" "s"
                    where not exists(select 1 from "$along0" "x" where "x"."id" = "s"."id")
                    union all
                    select "id", "title", "size", "folder_id", "parent_id", "deleted_at"
                    from "$along0"
                  ) "t3"
                  where ("t3"."folder_id" = "w"."id")
                    and ("t3"."deleted_at" is null)
                    and exists(
                      select 1
                      from (
                        select "id",
                          "slug",
                          "shared",
                          "combination",
                          "worth",
                          "owner_id",
                          "deleted_at"
                        from "folder" "s"
                        where not exists(select 1 from "$written" "x" where "x"."id" = "s"."id")
                        union all
                        select "id",
                          "slug",
                          "shared",
                          "combination",
                          "worth",
                          "owner_id",
                          "deleted_at"
                        from "$written"
                      ) "t8"
                      where ("t8"."id" = "t3"."folder_id")
                        and ("t8"."deleted_at" is null)
                        and ("t8"."owner_id" = $1::uuid)
                    )
                )
              ) as "none",
              (
                select count(*)
                from (
                  select "id", "title", "size", "folder_id", "parent_id", "deleted_at"
                  from "page" "s"
                  where not exists(select 1 from "$along0" "x" where "x"."id" = "s"."id")
                  union all
                  select "id", "title", "size", "folder_id", "parent_id", "deleted_at"
                  from "$along0"
                ) "t4"
                where ("t4"."folder_id" = "w"."id")
                  and ("t4"."deleted_at" is null)
                  and exists(
                    select 1
                    from (
                      select "id",
                        "slug",
                        "shared",
                        "combination",
                        "worth",
                        "owner_id",
                        "deleted_at"
                      from "folder" "s"
                      where not exists(select 1 from "$written" "x" where "x"."id" = "s"."id")
                      union all
                      select "id",
                        "slug",
                        "shared",
                        "combination",
                        "worth",
                        "owner_id",
                        "deleted_at"
                      from "$written"
                    ) "t9"
                    where ("t9"."id" = "t4"."folder_id")
                      and ("t9"."deleted_at" is null)
                      and ("t9"."owner_id" = $1::uuid)
                  )
              ) as "count",
              case when ($3::text = 'keeper'::text) then "w"."worth" else null::numeric end::text as "worth"
            from "$written" "w"
            where (("w"."owner_id" = $1::uuid) or ("w"."shared" = true))
          ) "$o"
        )
      )::text
    ) as "body"
)
select "written"::text, "body"
from "$result";
