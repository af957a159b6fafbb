-- desk.list
with "$page" as materialized (
  select (
    select "$o"
    from (
      select "t0"."id" as "id",
        "t0"."name" as "name",
        (
          (
            case jsonb_typeof(("t0"."settings" -> 'theme'::text)) when 'string' then (
              "t0"."settings" ->> 'theme'::text
            ) end
          ) collate "C"
        ) as "theme",
        coalesce(
          (
            (
              (
                case jsonb_typeof(("t0"."settings" -> 'theme'::text)) when 'string' then (
                  "t0"."settings" ->> 'theme'::text
                ) end
              ) collate "C"
            ) = 'dark'::text
          ),
          false
        ) as "dark",
        (
          case jsonb_typeof(("t0"."settings" -> 'beta'::text)) when 'boolean' then (
            "t0"."settings" -> 'beta'::text
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
                case jsonb_typeof(("t0"."settings" -> 'size'::text)) when 'number' then (
                  case when abs(("t0"."settings" -> 'size'::text)::numeric) > 1e300 then null when abs(
                    ("t0"."settings" -> 'size'::text)::numeric
                  ) < 1e-300 then 0::float8 else ("t0"."settings" -> 'size'::text)::numeric::float8 end
                ) end
              ),
              '1'::float8
            ) as v0,
              '2'::float8 as v1
          ) as v
        ) as "size",
        (
          case jsonb_typeof(("t0"."settings" -> 'ui'::text -> 'columns'::text)) when 'number' then (
            case when abs(("t0"."settings" -> 'ui'::text -> 'columns'::text)::numeric) > 1e300 then null when abs(
              ("t0"."settings" -> 'ui'::text -> 'columns'::text)::numeric
            ) < 1e-300 then 0::float8 else ("t0"."settings" -> 'ui'::text -> 'columns'::text)::numeric::float8 end
          ) end
        ) as "columns",
        nullif(("t0"."settings" -> 'marks'::text), 'null'::jsonb) as "marks",
        "t0"."settings" as "settings",
        "t0"."draft" as "draft",
        "t0"."labels" as "labels",
        "t0"."slug" as "slug",
        "t0"."note_length" as "noteLength",
        "t0"."ranks" as "ranks",
        (
          (not (cardinality("t0"."labels") = '0'::int4))
          and ("t0"."labels" @> ('{"tidy"}'::text[]::text[]))
          and (not ("t0"."labels" && ('{"broken","lost"}'::text[]::text[])))
        ) as "tidy"
    ) "$o"
  ) as "$item",
    ("t0"."note_length")::text as "k0",
    ("t0"."id")::text as "k1"
  from "desk" "t0"
  where (
    (
      (
        case jsonb_typeof(("t0"."settings" -> 'theme'::text)) when 'string' then (
          "t0"."settings" ->> 'theme'::text
        ) end
      ) collate "C"
    ) = $1::text
  )
    and (
      (
        case jsonb_typeof(("t0"."settings" -> 'size'::text)) when 'number' then (
          case when abs(("t0"."settings" -> 'size'::text)::numeric) > 1e300 then null when abs(
            ("t0"."settings" -> 'size'::text)::numeric
          ) < 1e-300 then 0::float8 else ("t0"."settings" -> 'size'::text)::numeric::float8 end
        ) end
      ) >= $2::float8
    )
  order by "t0"."note_length", "t0"."id"
  limit $3::int4 + 1
)
select array_to_json(array(select "$item" from "$page" limit $3::int4))::text as "body",
  case when (select count(*) from "$page") > $3::int4 then (
    select json_build_array("k0", "k1")::text from "$page" offset $3::int4 - 1 limit 1
  ) end as "cursor",
  null::text as "total";

-- why not
select null::text as "found", null::text as "failed", null::text as "said";
