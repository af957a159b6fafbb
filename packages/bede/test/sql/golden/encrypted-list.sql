-- patient.list
with "$page" as materialized (
  select (
    select "$o"
    from (
      select "t0"."id" as "id",
        "t0"."name" as "name",
        "t0"."room" as "room",
        "t0"."remark" as "remark",
        (length("t0"."id"::text)::text || ' ' || "t0"."id"::text || "t0"."number") as "number",
        (length("t0"."id"::text)::text || ' ' || "t0"."id"::text || "t0"."mail") as "mail",
        (length("t0"."id"::text)::text || ' ' || "t0"."id"::text || "t0"."page") as "page",
        case when ("t0"."doctor_id" = $2::uuid) then (
          length("t0"."id"::text)::text || ' ' || "t0"."id"::text || "t0"."diagnosis"
        ) else null::text end as "diagnosis",
        (length("t0"."id"::text)::text || ' ' || "t0"."id"::text || "t0"."chart") as "chart",
        array(
          select "$o"
          from (
            select "t1"."id" as "id",
              (length("t1"."id"::text)::text || ' ' || "t1"."id"::text || "t1"."finding") as "finding",
              "t1"."minutes" as "minutes"
            from "visit" "t1"
            where ("t1"."patient_id" = "t0"."id")
              and exists(
                select 1
                from "patient" "t2"
                where ("t2"."id" = "t1"."patient_id")
                  and ("t2"."deleted_at" is null)
                  and ("t2"."doctor_id" = $2::uuid)
              )
            order by "t1"."id"
          ) "$o"
        ) as "visits"
    ) "$o"
  ) as "$item",
    ("t0"."room")::text as "k0",
    ("t0"."id")::text as "k1"
  from "patient" "t0"
  where (left("t0"."number", 43) = any($1::text[]))
    and ("t0"."deleted_at" is null)
    and (("t0"."doctor_id" = $2::uuid) or ($3::text = 'editor'::text))
  order by "t0"."room", "t0"."id"
  limit $4::int4 + 1
)
select array_to_json(array(select "$item" from "$page" limit $4::int4))::text as "body",
  case when (select count(*) from "$page") > $4::int4 then (
    select json_build_array("k0", "k1")::text from "$page" offset $4::int4 - 1 limit 1
  ) end as "cursor",
  null::text as "total";

-- why not
select null::text as "found", null::text as "failed", null::text as "said";
