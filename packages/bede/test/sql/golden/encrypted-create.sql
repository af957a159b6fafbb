-- patient.create
with "$new" as (
  select "n"."id" as "id",
    $2::text as "name",
    '0'::int4 as "room",
    null::text as "remark",
    $3::text as "number",
    null::text as "mail",
    null::text as "page",
    null::text as "diagnosis",
    null::text as "chart",
    null::text as "hidden",
    $4::timestamptz as "created_at",
    $4::timestamptz as "updated_at",
    $5::uuid as "doctor_id",
    null::timestamptz as "deleted_at"
  from (select $1::uuid as "id") "n"
),
"$checked" as (
  select "n"."id",
    "n"."name",
    "n"."room",
    "n"."remark",
    "n"."number",
    "n"."mail",
    "n"."page",
    "n"."diagnosis",
    "n"."chart",
    "n"."hidden",
    "n"."created_at",
    "n"."updated_at",
    "n"."doctor_id",
    "n"."deleted_at",
    case when not ((("n"."doctor_id" = $5::uuid)) is true) then 0 end as "$failed"
  from "$new" "n"
),
"$written" as (
  insert into "patient" as "o" (
    "id",
    "name",
    "room",
    "remark",
    "number",
    "mail",
    "page",
    "diagnosis",
    "chart",
    "hidden",
    "created_at",
    "updated_at",
    "doctor_id",
    "deleted_at"
  )
  select "id",
    "name",
    "room",
    "remark",
    "number",
    "mail",
    "page",
    "diagnosis",
    "chart",
    "hidden",
    "created_at",
    "updated_at",
    "doctor_id",
    "deleted_at"
  from "$checked"
  where "$failed" is null
  returning "o"."id",
    "o"."name",
    "o"."room",
    "o"."remark",
    "o"."number",
    "o"."mail",
    "o"."page",
    "o"."diagnosis",
    "o"."chart",
    "o"."hidden",
    "o"."created_at",
    "o"."updated_at",
    "o"."doctor_id",
    "o"."deleted_at"
),
"$history0" as (
  insert into "bede"."history_patient" (
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
    $6::text,
    $7::text,
    $8::text,
    $9::text,
    $10::text,
    null::jsonb,
    (
      select row_to_json("$o")
      from (
        select "w"."id" as "id",
          "w"."name" as "name",
          "w"."room" as "room",
          "w"."remark" as "remark",
          to_char("w"."created_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "createdAt",
          to_char("w"."updated_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "updatedAt",
          "w"."doctor_id" as "doctorId",
          to_char("w"."deleted_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "deletedAt"
      ) as "$o"
    )::jsonb,
    array['number'::text,
    'mail'::text,
    'page'::text,
    'diagnosis'::text,
    'chart'::text,
    'hidden'::text]::text[]
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
              "w"."name" as "name",
              "w"."room" as "room",
              "w"."remark" as "remark",
              (length("w"."id"::text)::text || ' ' || "w"."id"::text || "w"."number") as "number",
              (length("w"."id"::text)::text || ' ' || "w"."id"::text || "w"."mail") as "mail",
              (length("w"."id"::text)::text || ' ' || "w"."id"::text || "w"."page") as "page",
              case when ("w"."doctor_id" = $5::uuid) then (
                length("w"."id"::text)::text || ' ' || "w"."id"::text || "w"."diagnosis"
              ) else null::text end as "diagnosis",
              (length("w"."id"::text)::text || ' ' || "w"."id"::text || "w"."chart") as "chart",
              array(
                select "$o"
                from (
                  select "t0"."id" as "id",
                    (length("t0"."id"::text)::text || ' ' || "t0"."id"::text || "t0"."finding") as "finding",
                    "t0"."minutes" as "minutes"
                  from "visit" "t0"
                  where ("t0"."patient_id" = "w"."id")
                    and exists(
                      select 1
                      from (
                        select "id",
                          "name",
                          "room",
                          "remark",
                          "number",
                          "mail",
                          "page",
                          "diagnosis",
                          "chart",
                          "hidden",
                          "created_at",
                          "updated_at",
                          "doctor_id",
                          "deleted_at"
                        from "patient"
                        union all
                        select "id",
                          "name",
                          "room",
                          "remark",
                          "number",
                          "mail",
                          "page",
                          "diagnosis",
                          "chart",
                          "hidden",
                          "created_at",
                          "updated_at",
                          "doctor_id",
                          "deleted_at"
                        from "$written"
                      ) "t1"
                      where ("t1"."id" = "t0"."patient_id")
                        and ("t1"."deleted_at" is null)
                        and ("t1"."doctor_id" = $5::uuid)
                    )
                  order by "t0"."id"
                ) "$o"
              ) as "visits"
            from "$written" "w"
            where (("w"."doctor_id" = $5::uuid) or ($11::text = 'editor'::text))
          ) "$o"
        )
      )::text
    ) as "body",
    (select "id"::text from "$written") as "id"
)
select "written"::text || case when "written" > 0 then pg_notify('bede_changed', 'patient')::text else '' end,
  "body",
  "id"
from "$result";

-- why not
with "$new" as (
  select "n"."id" as "id",
    $2::text as "name",
    '0'::int4 as "room",
    null::text as "remark",
    $3::text as "number",
    null::text as "mail",
    null::text as "page",
    null::text as "diagnosis",
    null::text as "chart",
    null::text as "hidden",
    $4::timestamptz as "created_at",
    $4::timestamptz as "updated_at",
    $5::uuid as "doctor_id",
    null::timestamptz as "deleted_at"
  from (select $1::uuid as "id") "n"
),
"$checked" as (
  select "n"."id",
    "n"."name",
    "n"."room",
    "n"."remark",
    "n"."number",
    "n"."mail",
    "n"."page",
    "n"."diagnosis",
    "n"."chart",
    "n"."hidden",
    "n"."created_at",
    "n"."updated_at",
    "n"."doctor_id",
    "n"."deleted_at",
    case when not ((("n"."doctor_id" = $5::uuid)) is true) then 0 end as "$failed"
  from "$new" "n"
)
select (-1)::text as "found",
  (select min("$failed")::text from "$checked") as "failed",
  json_build_array(
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(null, array[("n"."doctor_id" = $5::uuid)]::boolean[]) as "$said"
        from "$new" "n"
        limit 100
      ) "s"
    )
  )::text as "said";
