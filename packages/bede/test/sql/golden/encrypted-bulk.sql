-- patient.updateMany
with "$old" as (
  select "o"."id",
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
    "o"."deleted_at",
    "i"."$item",
    "i"."$ord",
    case when not ((("o"."doctor_id" = $2::uuid)) is true) then 0 when not (
      (
        case when ("i"."$item" -> 'diagnosis'::text) is not null then ("o"."doctor_id" = $2::uuid) else true end
      ) is true
    ) then 1 end as "$failed"
  from "patient" "o"
  cross join jsonb_array_elements($1::jsonb)
  with ordinality "i"("$item", "$ord")
  where ("o"."id" = ("i"."$item" ->> 'id')::uuid)
    and ("o"."deleted_at" is null)
    and (("o"."doctor_id" = $2::uuid) or ($3::text = 'editor'::text))
  for update of "o"
),
"$new" as (
  select distinct
  on ("o"."id") "o"."id" as "id",
    case when ("o"."$item" -> 'name'::text) is not null then ("o"."$item" ->> 'name')::text else "o"."name" end as "name",
    case when ("o"."$item" -> 'room'::text) is not null then ("o"."$item" ->> 'room')::int4 else "o"."room" end as "room",
    case when ("o"."$item" -> 'remark'::text) is not null then ("o"."$item" ->> 'remark')::text else "o"."remark" end as "remark",
    case when ("o"."$item" -> 'number'::text) is not null then ($4::text[])["o"."$ord"] else "o"."number" end as "number",
    case when ("o"."$item" -> 'mail'::text) is not null then ($5::text[])["o"."$ord"] else "o"."mail" end as "mail",
    case when ("o"."$item" -> 'page'::text) is not null then ($6::text[])["o"."$ord"] else "o"."page" end as "page",
    case when ("o"."$item" -> 'diagnosis'::text) is not null then ($7::text[])["o"."$ord"] else "o"."diagnosis" end as "diagnosis",
    case when ("o"."$item" -> 'chart'::text) is not null then ($8::text[])["o"."$ord"] else "o"."chart" end as "chart",
    "o"."hidden" as "hidden",
    "o"."created_at" as "created_at",
    $9::timestamptz as "updated_at",
    "o"."doctor_id" as "doctor_id",
    "o"."deleted_at" as "deleted_at",
    "o"."$ord",
    "o"."$failed"
  from "$old" "o"
  order by "o"."id", "o"."$ord"
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
    "n"."$ord",
    coalesce("n"."$failed", case when not ((("n"."doctor_id" = $2::uuid)) is true) then 3 end) as "$failed"
  from "$new" "n"
),
"$written" as (
  update "patient" "t"
  set "name" = "c"."name",
    "room" = "c"."room",
    "remark" = "c"."remark",
    "number" = "c"."number",
    "mail" = "c"."mail",
    "page" = "c"."page",
    "diagnosis" = "c"."diagnosis",
    "chart" = "c"."chart",
    "updated_at" = "c"."updated_at"
  from "$checked" "c"
  where "t"."id" = "c"."id" and "c"."$failed" is null
  returning "t"."id",
    "t"."name",
    "t"."room",
    "t"."remark",
    "t"."number",
    "t"."mail",
    "t"."page",
    "t"."diagnosis",
    "t"."chart",
    "t"."hidden",
    "t"."created_at",
    "t"."updated_at",
    "t"."doctor_id",
    "t"."deleted_at"
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
    'update'::text,
    $10::text,
    $11::text,
    $12::text,
    $13::text,
    $14::text,
    "d"."before",
    "d"."after",
    "d"."hidden"
  from "$written" "w"
  join (
    select distinct
    on ("id") "id",
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
    from "$old"
  ) "o"
  on "o"."id" = "w"."id"
  cross join lateral (
    select jsonb_object_agg("v"."k", "v"."b") filter (where "v"."kept") as "before",
      jsonb_object_agg("v"."k", "v"."a") filter (where "v"."kept") as "after",
      coalesce(array_agg("v"."k") filter (where not "v"."kept"), '{}') as "hidden",
      count(*) as "n"
    from (
      values (
        'name'::text,
        true,
        "o"."name" is distinct from "w"."name",
        to_jsonb("o"."name"),
        to_jsonb("w"."name")
      ),
        (
          'room'::text,
          true,
          "o"."room" is distinct from "w"."room",
          to_jsonb("o"."room"),
          to_jsonb("w"."room")
        ),
        (
          'remark'::text,
          true,
          "o"."remark" is distinct from "w"."remark",
          to_jsonb("o"."remark"),
          to_jsonb("w"."remark")
        ),
        (
          'number'::text,
          false,
          "o"."number" is distinct from "w"."number",
          null::jsonb,
          null::jsonb
        ),
        ('mail'::text, false, "o"."mail" is distinct from "w"."mail", null::jsonb, null::jsonb),
        ('page'::text, false, "o"."page" is distinct from "w"."page", null::jsonb, null::jsonb),
        (
          'diagnosis'::text,
          false,
          "o"."diagnosis" is distinct from "w"."diagnosis",
          null::jsonb,
          null::jsonb
        ),
        ('chart'::text, false, "o"."chart" is distinct from "w"."chart", null::jsonb, null::jsonb),
        (
          'updatedAt'::text,
          true,
          "o"."updated_at" is distinct from "w"."updated_at",
          to_jsonb(to_char("o"."updated_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
          to_jsonb(to_char("w"."updated_at" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
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
      select array_to_json(
        array(
          select "$o"
          from (
            select case when "w"."id" is not null then 'updated' else 'refused' end as "status",
              case when "w"."id" is not null then null when "c"."$ord" is null
              and exists(select 1 from "$old" "d" where "d"."$ord" = "i"."$ord") then 'conflict' when "c"."$ord" is null then 'not-found' when "c"."$failed" is not null then case "c"."$failed" when 0 then 'forbidden' when 1 then 'forbidden' when 2 then 'precondition-failed' when 3 then 'forbidden' end else 'conflict' end as "code",
              "w"."id" as "id"
            from jsonb_array_elements($1::jsonb)
            with ordinality "i"("$item", "$ord")
            left join "$checked" "c"
            on "c"."$ord" = "i"."$ord"
            left join "$written" "w"
            on "w"."id" = "c"."id"
            order by "i"."$ord"
          ) "$o"
        )
      )::text
    ) as "body"
)
select "written"::text || case when "written" > 0 then pg_notify('bede_changed', 'patient')::text else '' end,
  "body"
from "$result";

-- why not
with "$old" as (
  select "o"."id",
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
    "o"."deleted_at",
    "i"."$item",
    "i"."$ord",
    case when not ((("o"."doctor_id" = $2::uuid)) is true) then 0 when not (
      (
        case when ("i"."$item" -> 'diagnosis'::text) is not null then ("o"."doctor_id" = $2::uuid) else true end
      ) is true
    ) then 1 end as "$failed"
  from "patient" "o"
  cross join jsonb_array_elements($1::jsonb)
  with ordinality "i"("$item", "$ord")
  where ("o"."id" = ("i"."$item" ->> 'id')::uuid)
    and ("o"."deleted_at" is null)
    and (("o"."doctor_id" = $2::uuid) or ($3::text = 'editor'::text))
),
"$new" as (
  select distinct
  on ("o"."id") "o"."id" as "id",
    case when ("o"."$item" -> 'name'::text) is not null then ("o"."$item" ->> 'name')::text else "o"."name" end as "name",
    case when ("o"."$item" -> 'room'::text) is not null then ("o"."$item" ->> 'room')::int4 else "o"."room" end as "room",
    case when ("o"."$item" -> 'remark'::text) is not null then ("o"."$item" ->> 'remark')::text else "o"."remark" end as "remark",
    case when ("o"."$item" -> 'number'::text) is not null then ($4::text[])["o"."$ord"] else "o"."number" end as "number",
    case when ("o"."$item" -> 'mail'::text) is not null then ($5::text[])["o"."$ord"] else "o"."mail" end as "mail",
    case when ("o"."$item" -> 'page'::text) is not null then ($6::text[])["o"."$ord"] else "o"."page" end as "page",
    case when ("o"."$item" -> 'diagnosis'::text) is not null then ($7::text[])["o"."$ord"] else "o"."diagnosis" end as "diagnosis",
    case when ("o"."$item" -> 'chart'::text) is not null then ($8::text[])["o"."$ord"] else "o"."chart" end as "chart",
    "o"."hidden" as "hidden",
    "o"."created_at" as "created_at",
    $9::timestamptz as "updated_at",
    "o"."doctor_id" as "doctor_id",
    "o"."deleted_at" as "deleted_at",
    "o"."$ord",
    "o"."$failed"
  from "$old" "o"
  order by "o"."id", "o"."$ord"
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
    "n"."$ord",
    coalesce("n"."$failed", case when not ((("n"."doctor_id" = $2::uuid)) is true) then 3 end) as "$failed"
  from "$new" "n"
)
select (select count(*) from "$checked")::text as "found",
  (select min("$failed")::text from "$checked") as "failed",
  json_build_array(
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(
          "i"."$ord",
          array[("o"."doctor_id" = $2::uuid),
          ($3::text = 'editor'::text)]::boolean[]
        ) as "$said"
        from "patient" "o"
        cross join jsonb_array_elements($1::jsonb)
        with ordinality "i"("$item", "$ord")
        where ("o"."id" = ("i"."$item" ->> 'id')::uuid) and ("o"."deleted_at" is null)
        order by "i"."$ord"
      ) "s"
    ),
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(
          "o"."$ord",
          array[("o"."doctor_id" = $2::uuid),
          case when ("o"."$item" -> 'diagnosis'::text) is not null then ("o"."doctor_id" = $2::uuid) else true end]::boolean[]
        ) as "$said"
        from "$old" "o"
        order by "o"."$ord"
      ) "s"
    ),
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array("n"."$ord", array[("n"."doctor_id" = $2::uuid)]::boolean[]) as "$said"
        from "$new" "n"
        order by "n"."$ord"
      ) "s"
    )
  )::text as "said";
