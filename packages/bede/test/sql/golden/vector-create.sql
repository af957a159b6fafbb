-- note.create
with "$new" as (
  select "n"."id" as "id", $2::text as "title", '0'::int4 as "level", $3::vector as "embedding"
  from (select $1::uuid as "id") "n"
),
"$checked" as (
  select "n"."id", "n"."title", "n"."level", "n"."embedding", null::int4 as "$failed"
  from "$new" "n"
),
"$written" as (
  insert into "note" as "o" ("id", "title", "level", "embedding")
  select "id", "title", "level", "embedding"
  from "$checked"
  where "$failed" is null
  returning "o"."id", "o"."title", "o"."level", "o"."embedding"
),
"$history0" as (
  insert into "bede"."history_note" (
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
    'create'::text,
    $4::text,
    $5::text,
    $6::text,
    $7::text,
    $8::text,
    null::jsonb,
    (
      select row_to_json("$o")
      from (
        select "w"."id" as "id",
          "w"."title" as "title",
          "w"."level" as "level",
          "w"."embedding"::text::json as "embedding"
      ) as "$o"
    )::jsonb,
    array[]::text[]
  from "$written" "w"
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
              "w"."embedding"::text::json as "embedding"
            from "$written" "w"
            where ("w"."level" = '0'::int4)
          ) "$o"
        )
      )::text
    ) as "body",
    (select "id"::text from "$written") as "id"
)
select "written"::text, "body", "id"
from "$result";

-- why not
with "$new" as (
  select "n"."id" as "id", $2::text as "title", '0'::int4 as "level", $3::vector as "embedding"
  from (select $1::uuid as "id") "n"
),
"$checked" as (
  select "n"."id", "n"."title", "n"."level", "n"."embedding", null::int4 as "$failed"
  from "$new" "n"
)
select (-1)::text as "found",
  (select min("$failed")::text from "$checked") as "failed",
  json_build_array(
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(null, array[true]::boolean[]) as "$said" from "$new" "n" limit 100
      ) "s"
    )
  )::text as "said";
