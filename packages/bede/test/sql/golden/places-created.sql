-- shop.createMany
with "$new" as (
  select "n"."id" as "id",
    ("n"."$item" ->> 'name')::text as "name",
    point(("n"."$item" -> 'place' ->> 'lon')::float8, ("n"."$item" -> 'place' ->> 'lat')::float8) as "place",
    case when ("n"."$item" -> 'exit'::text) is not null then point(
      ("n"."$item" -> 'exit' ->> 'lon')::float8,
      ("n"."$item" -> 'exit' ->> 'lat')::float8
    ) else null::point end as "exit",
    '(2,1)'::point as "hidden",
    $3::uuid as "owner_id",
    "n"."$ord"
  from (
    select ($1::uuid[])["i"."$ord"] as "id", "i"."$item", "i"."$ord"
    from jsonb_array_elements($2::jsonb)
    with ordinality "i"("$item", "$ord")
  ) "n"
),
"$checked" as (
  select "n"."id",
    "n"."name",
    "n"."place",
    "n"."exit",
    "n"."hidden",
    "n"."owner_id",
    "n"."$ord",
    case when not (
      (
        (
          not (
            (
              "n"."place" <@ (
                box(
                  '(0,90)'::point - point(
                    case when abs(('(0,90)'::point)[1]) + abs('1000'::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
                      least(
                        1,
                        sind(abs('1000'::float8 + 1 - 1) / 111195.08023353292) / cosd(
                          ('(0,90)'::point)[1]
                        )
                      )
                    ) + 0.000001 end,
                    abs('1000'::float8 + 1 - 1) / 111195.08023353292 + 0.000001
                  ),
                  '(0,90)'::point + point(
                    case when abs(('(0,90)'::point)[1]) + abs('1000'::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
                      least(
                        1,
                        sind(abs('1000'::float8 + 1 - 1) / 111195.08023353292) / cosd(
                          ('(0,90)'::point)[1]
                        )
                      )
                    ) + 0.000001 end,
                    abs('1000'::float8 + 1 - 1) / 111195.08023353292 + 0.000001
                  )
                )
              )
              or "n"."place" <@ (
                box(
                  '(0,90)'::point + point(
                    case when ('(0,90)'::point)[0] < 0 then 360 else -360 end,
                    0
                  ) - point(
                    case when abs(('(0,90)'::point)[1]) + abs('1000'::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
                      least(
                        1,
                        sind(abs('1000'::float8 + 1 - 1) / 111195.08023353292) / cosd(
                          ('(0,90)'::point)[1]
                        )
                      )
                    ) + 0.000001 end,
                    abs('1000'::float8 + 1 - 1) / 111195.08023353292 + 0.000001
                  ),
                  '(0,90)'::point + point(
                    case when ('(0,90)'::point)[0] < 0 then 360 else -360 end,
                    0
                  ) + point(
                    case when abs(('(0,90)'::point)[1]) + abs('1000'::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
                      least(
                        1,
                        sind(abs('1000'::float8 + 1 - 1) / 111195.08023353292) / cosd(
                          ('(0,90)'::point)[1]
                        )
                      )
                    ) + 0.000001 end,
                    abs('1000'::float8 + 1 - 1) / 111195.08023353292 + 0.000001
                  )
                )
              )
            )
            and (
              case when "n"."place" <@ '(180,90),(-180,-90)'::box
              and '(0,90)'::point <@ '(180,90),(-180,-90)'::box then 12742017.6 * atan2(
                sqrt(
                  sind((('(0,90)'::point)[1] - ("n"."place")[1] + 360 - 360) / 2) ^ 2 + cosd(
                    ("n"."place")[1]
                  ) * cosd(('(0,90)'::point)[1]) * sind(
                    (('(0,90)'::point)[0] - ("n"."place")[0] + 360 - 360) / 2
                  ) ^ 2
                ),
                sqrt(
                  sind((('(0,90)'::point)[1] + ("n"."place")[1] + 360 - 360) / 2) ^ 2 + cosd(
                    ("n"."place")[1]
                  ) * cosd(('(0,90)'::point)[1]) * cosd(
                    (('(0,90)'::point)[0] - ("n"."place")[0] + 360 - 360) / 2
                  ) ^ 2
                )
              ) end <= '1000'::float8
            )
          )
        )
      ) is true
    ) then 0 end as "$failed"
  from "$new" "n"
),
"$written" as (
  insert into "shop" as "o" ("id", "name", "place", "exit", "hidden", "owner_id")
  select "id", "name", "place", "exit", "hidden", "owner_id"
  from "$checked"
  where "$failed" is null
  on conflict do nothing
  returning "o"."id", "o"."name", "o"."place", "o"."exit", "o"."hidden", "o"."owner_id"
),
"$history0" as (
  insert into "bede"."history_shop" (
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
          "w"."name" as "name",
          (
            case when "w"."place" is not null then json_build_object(
              'lat',
              ("w"."place")[1],
              'lon',
              ("w"."place")[0]
            ) end
          ) as "place",
          (
            case when "w"."exit" is not null then json_build_object(
              'lat',
              ("w"."exit")[1],
              'lon',
              ("w"."exit")[0]
            ) end
          ) as "exit",
          "w"."owner_id" as "ownerId"
      ) as "$o"
    )::jsonb,
    array['hidden'::text]::text[]
  from "$written" "w"
  returning 1
),
"$result" as (
  select (select count(*) from "$written") as "written",
    (
      select array_to_json(
        array(
          select "$o"
          from (
            select case when "w"."id" is not null then 'created' else 'refused' end as "status",
              case when "w"."id" is not null then null when "c"."$ord" is null then 'not-found' when "c"."$failed" is not null then case "c"."$failed" when 0 then 'forbidden' end else 'already-exists' end as "code",
              "w"."id" as "id"
            from jsonb_array_elements($2::jsonb)
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
select "written"::text, "body"
from "$result";

-- why not
with "$new" as (
  select "n"."id" as "id",
    ("n"."$item" ->> 'name')::text as "name",
    point(("n"."$item" -> 'place' ->> 'lon')::float8, ("n"."$item" -> 'place' ->> 'lat')::float8) as "place",
    case when ("n"."$item" -> 'exit'::text) is not null then point(
      ("n"."$item" -> 'exit' ->> 'lon')::float8,
      ("n"."$item" -> 'exit' ->> 'lat')::float8
    ) else null::point end as "exit",
    '(2,1)'::point as "hidden",
    $3::uuid as "owner_id",
    "n"."$ord"
  from (
    select ($1::uuid[])["i"."$ord"] as "id", "i"."$item", "i"."$ord"
    from jsonb_array_elements($2::jsonb)
    with ordinality "i"("$item", "$ord")
  ) "n"
),
"$checked" as (
  select "n"."id",
    "n"."name",
    "n"."place",
    "n"."exit",
    "n"."hidden",
    "n"."owner_id",
    "n"."$ord",
    case when not (
      (
        (
          not (
            (
              "n"."place" <@ (
                box(
                  '(0,90)'::point - point(
                    case when abs(('(0,90)'::point)[1]) + abs('1000'::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
                      least(
                        1,
                        sind(abs('1000'::float8 + 1 - 1) / 111195.08023353292) / cosd(
                          ('(0,90)'::point)[1]
                        )
                      )
                    ) + 0.000001 end,
                    abs('1000'::float8 + 1 - 1) / 111195.08023353292 + 0.000001
                  ),
                  '(0,90)'::point + point(
                    case when abs(('(0,90)'::point)[1]) + abs('1000'::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
                      least(
                        1,
                        sind(abs('1000'::float8 + 1 - 1) / 111195.08023353292) / cosd(
                          ('(0,90)'::point)[1]
                        )
                      )
                    ) + 0.000001 end,
                    abs('1000'::float8 + 1 - 1) / 111195.08023353292 + 0.000001
                  )
                )
              )
              or "n"."place" <@ (
                box(
                  '(0,90)'::point + point(
                    case when ('(0,90)'::point)[0] < 0 then 360 else -360 end,
                    0
                  ) - point(
                    case when abs(('(0,90)'::point)[1]) + abs('1000'::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
                      least(
                        1,
                        sind(abs('1000'::float8 + 1 - 1) / 111195.08023353292) / cosd(
                          ('(0,90)'::point)[1]
                        )
                      )
                    ) + 0.000001 end,
                    abs('1000'::float8 + 1 - 1) / 111195.08023353292 + 0.000001
                  ),
                  '(0,90)'::point + point(
                    case when ('(0,90)'::point)[0] < 0 then 360 else -360 end,
                    0
                  ) + point(
                    case when abs(('(0,90)'::point)[1]) + abs('1000'::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
                      least(
                        1,
                        sind(abs('1000'::float8 + 1 - 1) / 111195.08023353292) / cosd(
                          ('(0,90)'::point)[1]
                        )
                      )
                    ) + 0.000001 end,
                    abs('1000'::float8 + 1 - 1) / 111195.08023353292 + 0.000001
                  )
                )
              )
            )
            and (
              case when "n"."place" <@ '(180,90),(-180,-90)'::box
              and '(0,90)'::point <@ '(180,90),(-180,-90)'::box then 12742017.6 * atan2(
                sqrt(
                  sind((('(0,90)'::point)[1] - ("n"."place")[1] + 360 - 360) / 2) ^ 2 + cosd(
                    ("n"."place")[1]
                  ) * cosd(('(0,90)'::point)[1]) * sind(
                    (('(0,90)'::point)[0] - ("n"."place")[0] + 360 - 360) / 2
                  ) ^ 2
                ),
                sqrt(
                  sind((('(0,90)'::point)[1] + ("n"."place")[1] + 360 - 360) / 2) ^ 2 + cosd(
                    ("n"."place")[1]
                  ) * cosd(('(0,90)'::point)[1]) * cosd(
                    (('(0,90)'::point)[0] - ("n"."place")[0] + 360 - 360) / 2
                  ) ^ 2
                )
              ) end <= '1000'::float8
            )
          )
        )
      ) is true
    ) then 0 end as "$failed"
  from "$new" "n"
)
select (-1)::text as "found",
  (select min("$failed")::text from "$checked") as "failed",
  json_build_array(
    (
      select coalesce(json_agg("s"."$said"), '[]'::json)
      from (
        select json_build_array(
          "n"."$ord",
          array[(
            (
              "n"."place" <@ (
                box(
                  '(0,90)'::point - point(
                    case when abs(('(0,90)'::point)[1]) + abs('1000'::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
                      least(
                        1,
                        sind(abs('1000'::float8 + 1 - 1) / 111195.08023353292) / cosd(
                          ('(0,90)'::point)[1]
                        )
                      )
                    ) + 0.000001 end,
                    abs('1000'::float8 + 1 - 1) / 111195.08023353292 + 0.000001
                  ),
                  '(0,90)'::point + point(
                    case when abs(('(0,90)'::point)[1]) + abs('1000'::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
                      least(
                        1,
                        sind(abs('1000'::float8 + 1 - 1) / 111195.08023353292) / cosd(
                          ('(0,90)'::point)[1]
                        )
                      )
                    ) + 0.000001 end,
                    abs('1000'::float8 + 1 - 1) / 111195.08023353292 + 0.000001
                  )
                )
              )
              or "n"."place" <@ (
                box(
                  '(0,90)'::point + point(
                    case when ('(0,90)'::point)[0] < 0 then 360 else -360 end,
                    0
                  ) - point(
                    case when abs(('(0,90)'::point)[1]) + abs('1000'::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
                      least(
                        1,
                        sind(abs('1000'::float8 + 1 - 1) / 111195.08023353292) / cosd(
                          ('(0,90)'::point)[1]
                        )
                      )
                    ) + 0.000001 end,
                    abs('1000'::float8 + 1 - 1) / 111195.08023353292 + 0.000001
                  ),
                  '(0,90)'::point + point(
                    case when ('(0,90)'::point)[0] < 0 then 360 else -360 end,
                    0
                  ) + point(
                    case when abs(('(0,90)'::point)[1]) + abs('1000'::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
                      least(
                        1,
                        sind(abs('1000'::float8 + 1 - 1) / 111195.08023353292) / cosd(
                          ('(0,90)'::point)[1]
                        )
                      )
                    ) + 0.000001 end,
                    abs('1000'::float8 + 1 - 1) / 111195.08023353292 + 0.000001
                  )
                )
              )
            )
            and (
              case when "n"."place" <@ '(180,90),(-180,-90)'::box
              and '(0,90)'::point <@ '(180,90),(-180,-90)'::box then 12742017.6 * atan2(
                sqrt(
                  sind((('(0,90)'::point)[1] - ("n"."place")[1] + 360 - 360) / 2) ^ 2 + cosd(
                    ("n"."place")[1]
                  ) * cosd(('(0,90)'::point)[1]) * sind(
                    (('(0,90)'::point)[0] - ("n"."place")[0] + 360 - 360) / 2
                  ) ^ 2
                ),
                sqrt(
                  sind((('(0,90)'::point)[1] + ("n"."place")[1] + 360 - 360) / 2) ^ 2 + cosd(
                    ("n"."place")[1]
                  ) * cosd(('(0,90)'::point)[1]) * cosd(
                    (('(0,90)'::point)[0] - ("n"."place")[0] + 360 - 360) / 2
                  ) ^ 2
                )
              ) end <= '1000'::float8
            )
          )]::boolean[]
        ) as "$said"
        from "$new" "n"
        order by "n"."$ord"
      ) "s"
    )
  )::text as "said";
