-- user.upsert
with "$new" as (
  select "n"."id" as "id",
    $2::text as "name",
    $3::text as "email",
    'member'::text as "role",
    false as "hidden"
  from (select $1::uuid as "id") "n"
),
"$checked" as (
  select "n"."id",
    "n"."name",
    "n"."email",
    "n"."role",
    "n"."hidden",
    case when not (false) then 0 end as "$failed"
  from "$new" "n"
),
"$written" as (
  insert into "user" as "o" ("id", "name", "email", "role", "hidden")
  select "id", "name", "email", "role", "hidden"
  from "$checked"
  where "$failed" is null
  on conflict ("name") do update
  set "email" = $3::text
  where (
    case when not (((("o"."hidden" = false) or ("o"."id" = $4::uuid))) is true) then 0 when not (
      (("o"."id" = $4::uuid)) is true
    ) then 1 when not ((("o"."id" = $4::uuid)) is true) then 2 end
  ) is null
  returning "o"."id",
    "o"."name",
    "o"."email",
    "o"."role",
    "o"."hidden",
    ("o".xmax = 0) as "$created"
),
"$result" as (
  select (select count(*) from "$written") as "written",
    (
      row_to_json(
        (
          select "$o"
          from (
            select "w"."name" as "name",
              case when ("w"."id" = $4::uuid) then "w"."email" else null::text end as "email"
            from "$written" "w"
            where (("w"."hidden" = false) or ("w"."id" = $4::uuid))
          ) "$o"
        )
      )::text
    ) as "body",
    (select "id"::text from "$written" where "$created") as "id"
)
select "written"::text, "body", "id"
from "$result";

-- why not
with "$new" as (
  select "n"."id" as "id",
    $2::text as "name",
    $3::text as "email",
    'member'::text as "role",
    false as "hidden"
  from (select $1::uuid as "id") "n"
),
"$checked" as (
  select "n"."id",
    "n"."name",
    "n"."email",
    "n"."role",
    "n"."hidden",
    case when not (false) then 0 end as "$failed"
  from "$new" "n"
)
select coalesce(
  (
    select min(
      coalesce(
        case when not (((("o"."hidden" = false) or ("o"."id" = $4::uuid))) is true) then 0 when not (
          (("o"."id" = $4::uuid)) is true
        ) then 1 end,
        3
      )
    )
    from "user" "o"
    join "$new" "n"
    on "o"."name" = "n"."name"
  ),
  -1
)::text as "found",
  (select min("$failed")::text from "$checked") as "failed",
  json_build_array(
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(null, array[false]::boolean[]) as "$said" from "$new" "n" limit 100
      ) "s"
    ),
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(
          null,
          array[("o"."hidden" = false),
          ("o"."id" = $4::uuid),
          ("o"."id" = $4::uuid)]::boolean[]
        ) as "$said"
        from "user" "o"
        join "$new" "n"
        on "o"."name" = "n"."name"
        limit 100
      ) "s"
    )
  )::text as "said";
