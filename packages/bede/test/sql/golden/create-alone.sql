-- desk.create
insert into "desk" as "w" (
  "id",
  "name",
  "settings",
  "draft",
  "hidden",
  "labels",
  "ranks",
  "owner_id"
)
select "id", "name", "settings", "draft", "hidden", "labels", "ranks", "owner_id"
from (
  select "n"."id" as "id",
    $2::text as "name",
    '{}'::jsonb as "settings",
    null::jsonb as "draft",
    '{}'::jsonb as "hidden",
    btrim(regexp_replace(lower(($2::text collate "C")), '[^a-z0-9]+', '-', 'g'), '-') as "slug",
    null::int4 as "note_length",
    '{}'::text[] as "labels",
    null::int4[] as "ranks",
    $3::uuid as "owner_id"
  from (select $1::uuid as "id") "n"
) "n"
where (case when not ((("n"."slug" <> 'forbidden'::text)) is true) then 0 end) is null
returning '1'::text as "written",
  (
    select row_to_json("$o")::text
    from (
      select "w"."id" as "id",
        "w"."name" as "name",
        (
          (
            case jsonb_typeof(("w"."settings" -> 'theme'::text)) when 'string' then (
              "w"."settings" ->> 'theme'::text
            ) end
          ) collate "C"
        ) as "theme",
        coalesce(
          (
            (
              (
                case jsonb_typeof(("w"."settings" -> 'theme'::text)) when 'string' then (
                  "w"."settings" ->> 'theme'::text
                ) end
              ) collate "C"
            ) = 'dark'::text
          ),
          false
        ) as "dark",
        (
          case jsonb_typeof(("w"."settings" -> 'beta'::text)) when 'boolean' then (
            "w"."settings" -> 'beta'::text
          )::boolean end
        ) as "beta",
        (
          select case when abs(v.v0) > 1
            and abs(v.v1) > 1e308::float8 / abs(v.v0) then null when abs(v.v0) < 1
            and v.v0 <> 0
            and abs(v.v1) < 1e-307::float8 / abs(v.v0) then 0::float8 else v.v0 * v.v1 end
          from (
            select coalesce(
              (
                case jsonb_typeof(("w"."settings" -> 'size'::text)) when 'number' then (
                  case when abs(("w"."settings" -> 'size'::text)::numeric) > 1e300 then null when abs(
                    ("w"."settings" -> 'size'::text)::numeric
                  ) < 1e-300 then 0::float8 else ("w"."settings" -> 'size'::text)::numeric::float8 end
                ) end
              ),
              '1'::float8
            ) as v0,
              '2'::float8 as v1
          ) as v
        ) as "size",
        (
          case jsonb_typeof(("w"."settings" -> 'ui'::text -> 'columns'::text)) when 'number' then (
            case when abs(("w"."settings" -> 'ui'::text -> 'columns'::text)::numeric) > 1e300 then null when abs(
              ("w"."settings" -> 'ui'::text -> 'columns'::text)::numeric
            ) < 1e-300 then 0::float8 else ("w"."settings" -> 'ui'::text -> 'columns'::text)::numeric::float8 end
          ) end
        ) as "columns",
        nullif(("w"."settings" -> 'marks'::text), 'null'::jsonb) as "marks",
        "w"."settings" as "settings",
        "w"."draft" as "draft",
        "w"."labels" as "labels",
        "w"."slug" as "slug",
        "w"."note_length" as "noteLength",
        "w"."ranks" as "ranks",
        (
          (not (cardinality("w"."labels") = '0'::int4))
          and ("w"."labels" @> ('{"tidy"}'::text[]::text[]))
          and (not ("w"."labels" && ('{"broken","lost"}'::text[]::text[])))
        ) as "tidy"
    ) "$o"
  ) as "body",
  "id"::text as "id";

-- why not
with "$new" as (
  select "n"."id" as "id",
    $2::text as "name",
    '{}'::jsonb as "settings",
    null::jsonb as "draft",
    '{}'::jsonb as "hidden",
    btrim(regexp_replace(lower(($2::text collate "C")), '[^a-z0-9]+', '-', 'g'), '-') as "slug",
    null::int4 as "note_length",
    '{}'::text[] as "labels",
    null::int4[] as "ranks",
    $3::uuid as "owner_id"
  from (select $1::uuid as "id") "n"
),
"$checked" as (
  select "n"."id",
    "n"."name",
    "n"."settings",
    "n"."draft",
    "n"."hidden",
    "n"."slug",
    "n"."note_length",
    "n"."labels",
    "n"."ranks",
    "n"."owner_id",
    case when not ((("n"."slug" <> 'forbidden'::text)) is true) then 0 end as "$failed"
  from "$new" "n"
)
select (-1)::text as "found",
  (select min("$failed")::text from "$checked") as "failed",
  json_build_array(
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(null, array[("n"."slug" <> 'forbidden'::text)]::boolean[]) as "$said"
        from "$new" "n"
        limit 100
      ) "s"
    )
  )::text as "said";
