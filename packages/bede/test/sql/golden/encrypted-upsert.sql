-- device.upsert
with "$new" as (
  select "n"."id" as "id", $2::text as "code", $3::text as "serial", ''::text as "place"
  from (select $1::uuid as "id") "n"
),
"$checked" as (
  select "n"."id",
    "n"."code",
    "n"."serial",
    "n"."place",
    case when not ((($4::uuid is not null)) is true) then 0 end as "$failed"
  from "$new" "n"
),
"$written" as (
  insert into "device" as "o" ("id", "code", "serial", "place")
  select "id", "code", "serial", "place"
  from "$checked"
  where "$failed" is null
  on conflict ("code") do update
  set "serial" = ($5::jsonb ->> "o"."id"::text)
  where (
    case when not ((($4::uuid is not null)) is true) then 0 when not (
      (($4::uuid is not null)) is true
    ) then 1 when not ((($4::uuid is not null)) is true) then 2 end
  ) is null
    and "o"."id"::text = any($6::text[])
  returning "o"."id", "o"."code", "o"."serial", "o"."place", ("o".xmax = 0) as "$created"
),
"$result" as (
  select (select count(*) from "$written") as "written",
    (
      row_to_json(
        (
          select "$o"
          from (
            select "w"."id" as "id",
              "w"."code" as "code",
              (length("w"."id"::text)::text || ' ' || "w"."id"::text || "w"."serial") as "serial",
              "w"."place" as "place"
            from "$written" "w"
            where ($4::uuid is not null)
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
  select "n"."id" as "id", $2::text as "code", $3::text as "serial", ''::text as "place"
  from (select $1::uuid as "id") "n"
),
"$checked" as (
  select "n"."id",
    "n"."code",
    "n"."serial",
    "n"."place",
    case when not ((($4::uuid is not null)) is true) then 0 end as "$failed"
  from "$new" "n"
)
select coalesce(
  (
    select min(
      coalesce(
        case when not ((($4::uuid is not null)) is true) then 0 when not (
          (($4::uuid is not null)) is true
        ) then 1 when not ((($4::uuid is not null)) is true) then 2 end,
        3
      )
    )
    from "device" "o"
    join "$new" "n"
    on "o"."code" = "n"."code"
  ),
  -1
)::text as "found",
  (select min("$failed")::text from "$checked") as "failed",
  json_build_array(
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(null, array[($4::uuid is not null)]::boolean[]) as "$said"
        from "$new" "n"
        limit 100
      ) "s"
    ),
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(
          null,
          array[($4::uuid is not null),
          ($4::uuid is not null),
          ($4::uuid is not null)]::boolean[]
        ) as "$said"
        from "device" "o"
        join "$new" "n"
        on "o"."code" = "n"."code"
        limit 100
      ) "s"
    )
  )::text as "said";
