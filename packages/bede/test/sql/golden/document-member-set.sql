-- widen
with "$old" as (
  select "o"."id",
    "o"."name",
    "o"."settings",
    "o"."draft",
    "o"."hidden",
    "o"."slug",
    "o"."note_length",
    "o"."labels",
    "o"."ranks",
    "o"."owner_id",
    null::int4 as "$failed"
  from "desk" "o"
  where ("o"."id" = $1::uuid)
  for update of "o"
),
"$new" as (
  select "o"."id" as "id",
    "o"."name" as "name",
    (
      select case when jsonb_typeof(v.v0) = 'object' then v.v0 else '{}'::jsonb end || jsonb_build_object(
        'ui'::text,
        (
          select case when jsonb_typeof(v.v0) = 'object' then v.v0 else '{}'::jsonb end || jsonb_build_object(
            'open'::text,
            true
          )
          from (select nullif(("o"."settings" -> 'ui'::text), 'null'::jsonb) as v0) as v
        )
      )
      from (
        select (
          case when jsonb_typeof("o"."settings") = 'object' then "o"."settings" else '{}'::jsonb end || jsonb_build_object(
            'size'::text,
            (
              select case when abs(v.v0) <= 8e307 and abs(v.v1) <= 8e307 then v.v0 + v.v1 end
              from (
                select coalesce(
                  (
                    case jsonb_typeof(("o"."settings" -> 'size'::text)) when 'number' then (
                      case when abs(("o"."settings" -> 'size'::text)::numeric) > 1e300 then null when abs(
                        ("o"."settings" -> 'size'::text)::numeric
                      ) < 1e-300 then 0::float8 else ("o"."settings" -> 'size'::text)::numeric::float8 end
                    ) end
                  ),
                  '0'::float8
                ) as v0,
                  '1'::float8 as v1
              ) as v
            )
          )
        ) as v0
      ) as v
    ) as "settings",
    (
      select case when jsonb_typeof(v.v0) = 'object' then v.v0 else '{}'::jsonb end || jsonb_build_object(
        'beta'::text,
        false
      )
      from (
        select (
          case when jsonb_typeof("o"."draft") = 'object' then "o"."draft" - 'note'::text else "o"."draft" end
        ) as v0
      ) as v
    ) as "draft",
    "o"."hidden" as "hidden",
    btrim(regexp_replace(lower(("o"."name" collate "C")), '[^a-z0-9]+', '-', 'g'), '-') as "slug",
    length(
      (
        (
          select case jsonb_typeof((v.v0 -> 'note'::text)) when 'string' then (v.v0 ->> 'note'::text) end
          from (
            select (
              select case when jsonb_typeof(v.v0) = 'object' then v.v0 else '{}'::jsonb end || jsonb_build_object(
                'ui'::text,
                (
                  select case when jsonb_typeof(v.v0) = 'object' then v.v0 else '{}'::jsonb end || jsonb_build_object(
                    'open'::text,
                    true
                  )
                  from (select nullif(("o"."settings" -> 'ui'::text), 'null'::jsonb) as v0) as v
                )
              )
              from (
                select (
                  case when jsonb_typeof("o"."settings") = 'object' then "o"."settings" else '{}'::jsonb end || jsonb_build_object(
                    'size'::text,
                    (
                      select case when abs(v.v0) <= 8e307
                        and abs(v.v1) <= 8e307 then v.v0 + v.v1 end
                      from (
                        select coalesce(
                          (
                            case jsonb_typeof(("o"."settings" -> 'size'::text)) when 'number' then (
                              case when abs(("o"."settings" -> 'size'::text)::numeric) > 1e300 then null when abs(
                                ("o"."settings" -> 'size'::text)::numeric
                              ) < 1e-300 then 0::float8 else ("o"."settings" -> 'size'::text)::numeric::float8 end
                            ) end
                          ),
                          '0'::float8
                        ) as v0,
                          '1'::float8 as v1
                      ) as v
                    )
                  )
                ) as v0
              ) as v
            ) as v0
          ) as v
        ) collate "C"
      )
    ) as "note_length",
    "o"."labels" as "labels",
    "o"."ranks" as "ranks",
    "o"."owner_id" as "owner_id",
    "o"."$failed"
  from "$old" "o"
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
    coalesce("n"."$failed", case when not ((("n"."slug" <> 'forbidden'::text)) is true) then 2 end) as "$failed"
  from "$new" "n"
),
"$written" as (
  update "desk" "t"
  set "settings" = "c"."settings", "draft" = "c"."draft"
  from "$checked" "c"
  where "t"."id" = "c"."id" and not exists(select 1 from "$checked" where "$failed" is not null)
  returning "t"."id",
    "t"."name",
    "t"."settings",
    "t"."draft",
    "t"."hidden",
    "t"."slug",
    "t"."note_length",
    "t"."labels",
    "t"."ranks",
    "t"."owner_id"
),
"$result" as (select (select count(*) from "$written") as "written", null::text as "body")
select "written"::text, "body"
from "$result";

-- why not
with "$old" as (
  select "o"."id",
    "o"."name",
    "o"."settings",
    "o"."draft",
    "o"."hidden",
    "o"."slug",
    "o"."note_length",
    "o"."labels",
    "o"."ranks",
    "o"."owner_id",
    null::int4 as "$failed"
  from "desk" "o"
  where ("o"."id" = $1::uuid)
),
"$new" as (
  select "o"."id" as "id",
    "o"."name" as "name",
    (
      select case when jsonb_typeof(v.v0) = 'object' then v.v0 else '{}'::jsonb end || jsonb_build_object(
        'ui'::text,
        (
          select case when jsonb_typeof(v.v0) = 'object' then v.v0 else '{}'::jsonb end || jsonb_build_object(
            'open'::text,
            true
          )
          from (select nullif(("o"."settings" -> 'ui'::text), 'null'::jsonb) as v0) as v
        )
      )
      from (
        select (
          case when jsonb_typeof("o"."settings") = 'object' then "o"."settings" else '{}'::jsonb end || jsonb_build_object(
            'size'::text,
            (
              select case when abs(v.v0) <= 8e307 and abs(v.v1) <= 8e307 then v.v0 + v.v1 end
              from (
                select coalesce(
                  (
                    case jsonb_typeof(("o"."settings" -> 'size'::text)) when 'number' then (
                      case when abs(("o"."settings" -> 'size'::text)::numeric) > 1e300 then null when abs(
                        ("o"."settings" -> 'size'::text)::numeric
                      ) < 1e-300 then 0::float8 else ("o"."settings" -> 'size'::text)::numeric::float8 end
                    ) end
                  ),
                  '0'::float8
                ) as v0,
                  '1'::float8 as v1
              ) as v
            )
          )
        ) as v0
      ) as v
    ) as "settings",
    (
      select case when jsonb_typeof(v.v0) = 'object' then v.v0 else '{}'::jsonb end || jsonb_build_object(
        'beta'::text,
        false
      )
      from (
        select (
          case when jsonb_typeof("o"."draft") = 'object' then "o"."draft" - 'note'::text else "o"."draft" end
        ) as v0
      ) as v
    ) as "draft",
    "o"."hidden" as "hidden",
    btrim(regexp_replace(lower(("o"."name" collate "C")), '[^a-z0-9]+', '-', 'g'), '-') as "slug",
    length(
      (
        (
          select case jsonb_typeof((v.v0 -> 'note'::text)) when 'string' then (v.v0 ->> 'note'::text) end
          from (
            select (
              select case when jsonb_typeof(v.v0) = 'object' then v.v0 else '{}'::jsonb end || jsonb_build_object(
                'ui'::text,
                (
                  select case when jsonb_typeof(v.v0) = 'object' then v.v0 else '{}'::jsonb end || jsonb_build_object(
                    'open'::text,
                    true
                  )
                  from (select nullif(("o"."settings" -> 'ui'::text), 'null'::jsonb) as v0) as v
                )
              )
              from (
                select (
                  case when jsonb_typeof("o"."settings") = 'object' then "o"."settings" else '{}'::jsonb end || jsonb_build_object(
                    'size'::text,
                    (
                      select case when abs(v.v0) <= 8e307
                        and abs(v.v1) <= 8e307 then v.v0 + v.v1 end
                      from (
                        select coalesce(
                          (
                            case jsonb_typeof(("o"."settings" -> 'size'::text)) when 'number' then (
                              case when abs(("o"."settings" -> 'size'::text)::numeric) > 1e300 then null when abs(
                                ("o"."settings" -> 'size'::text)::numeric
                              ) < 1e-300 then 0::float8 else ("o"."settings" -> 'size'::text)::numeric::float8 end
                            ) end
                          ),
                          '0'::float8
                        ) as v0,
                          '1'::float8 as v1
                      ) as v
                    )
                  )
                ) as v0
              ) as v
            ) as v0
          ) as v
        ) collate "C"
      )
    ) as "note_length",
    "o"."labels" as "labels",
    "o"."ranks" as "ranks",
    "o"."owner_id" as "owner_id",
    "o"."$failed"
  from "$old" "o"
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
    coalesce("n"."$failed", case when not ((("n"."slug" <> 'forbidden'::text)) is true) then 2 end) as "$failed"
  from "$new" "n"
)
select (select count(*) from "$checked")::text as "found",
  (select min("$failed")::text from "$checked") as "failed",
  json_build_array(
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(null, array[true]::boolean[]) as "$said"
        from "desk" "o"
        where ("o"."id" = $1::uuid)
        limit 100
      ) "s"
    ),
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(null, array[true]::boolean[]) as "$said" from "$old" "o" limit 100
      ) "s"
    ),
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(null, array[("n"."slug" <> 'forbidden'::text)]::boolean[]) as "$said"
        from "$new" "n"
        limit 100
      ) "s"
    )
  )::text as "said";
