-- shop.list
with "$page" as materialized (
  select (
    select "$o"
    from (
      select "t0"."id" as "id",
        "t0"."name" as "name",
        (
          case when "t0"."place" is not null then json_build_object(
            'lat',
            ("t0"."place")[1],
            'lon',
            ("t0"."place")[0]
          ) end
        ) as "place",
        (
          case when "t0"."exit" is not null then json_build_object(
            'lat',
            ("t0"."exit")[1],
            'lon',
            ("t0"."exit")[0]
          ) end
        ) as "exit",
        (
          case when "t0"."place" <@ '(180,90),(-180,-90)'::box
          and '(13.405,52.52)'::point <@ '(180,90),(-180,-90)'::box then 12742017.6 * atan2(
            sqrt(
              sind((('(13.405,52.52)'::point)[1] - ("t0"."place")[1] + 360 - 360) / 2) ^ 2 + cosd(
                ("t0"."place")[1]
              ) * cosd(('(13.405,52.52)'::point)[1]) * sind(
                (('(13.405,52.52)'::point)[0] - ("t0"."place")[0] + 360 - 360) / 2
              ) ^ 2
            ),
            sqrt(
              sind((('(13.405,52.52)'::point)[1] + ("t0"."place")[1] + 360 - 360) / 2) ^ 2 + cosd(
                ("t0"."place")[1]
              ) * cosd(('(13.405,52.52)'::point)[1]) * cosd(
                (('(13.405,52.52)'::point)[0] - ("t0"."place")[0] + 360 - 360) / 2
              ) ^ 2
            )
          ) end
        ) as "toFountain",
        (
          case when "t0"."place" <@ '(180,90),(-180,-90)'::box
          and "t0"."exit" <@ '(180,90),(-180,-90)'::box then 12742017.6 * atan2(
            sqrt(
              sind((("t0"."exit")[1] - ("t0"."place")[1] + 360 - 360) / 2) ^ 2 + cosd(
                ("t0"."place")[1]
              ) * cosd(("t0"."exit")[1]) * sind(
                (("t0"."exit")[0] - ("t0"."place")[0] + 360 - 360) / 2
              ) ^ 2
            ),
            sqrt(
              sind((("t0"."exit")[1] + ("t0"."place")[1] + 360 - 360) / 2) ^ 2 + cosd(
                ("t0"."place")[1]
              ) * cosd(("t0"."exit")[1]) * cosd(
                (("t0"."exit")[0] - ("t0"."place")[0] + 360 - 360) / 2
              ) ^ 2
            )
          ) end
        ) as "toExit",
        (
          (
            "t0"."place" <@ (
              box(
                '(13.405,52.52)'::point - point(
                  case when abs(('(13.405,52.52)'::point)[1]) + abs('2000'::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
                    least(
                      1,
                      sind(abs('2000'::float8 + 1 - 1) / 111195.08023353292) / cosd(
                        ('(13.405,52.52)'::point)[1]
                      )
                    )
                  ) + 0.000001 end,
                  abs('2000'::float8 + 1 - 1) / 111195.08023353292 + 0.000001
                ),
                '(13.405,52.52)'::point + point(
                  case when abs(('(13.405,52.52)'::point)[1]) + abs('2000'::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
                    least(
                      1,
                      sind(abs('2000'::float8 + 1 - 1) / 111195.08023353292) / cosd(
                        ('(13.405,52.52)'::point)[1]
                      )
                    )
                  ) + 0.000001 end,
                  abs('2000'::float8 + 1 - 1) / 111195.08023353292 + 0.000001
                )
              )
            )
            or "t0"."place" <@ (
              box(
                '(13.405,52.52)'::point + point(
                  case when ('(13.405,52.52)'::point)[0] < 0 then 360 else -360 end,
                  0
                ) - point(
                  case when abs(('(13.405,52.52)'::point)[1]) + abs('2000'::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
                    least(
                      1,
                      sind(abs('2000'::float8 + 1 - 1) / 111195.08023353292) / cosd(
                        ('(13.405,52.52)'::point)[1]
                      )
                    )
                  ) + 0.000001 end,
                  abs('2000'::float8 + 1 - 1) / 111195.08023353292 + 0.000001
                ),
                '(13.405,52.52)'::point + point(
                  case when ('(13.405,52.52)'::point)[0] < 0 then 360 else -360 end,
                  0
                ) + point(
                  case when abs(('(13.405,52.52)'::point)[1]) + abs('2000'::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
                    least(
                      1,
                      sind(abs('2000'::float8 + 1 - 1) / 111195.08023353292) / cosd(
                        ('(13.405,52.52)'::point)[1]
                      )
                    )
                  ) + 0.000001 end,
                  abs('2000'::float8 + 1 - 1) / 111195.08023353292 + 0.000001
                )
              )
            )
          )
          and (
            case when "t0"."place" <@ '(180,90),(-180,-90)'::box
            and '(13.405,52.52)'::point <@ '(180,90),(-180,-90)'::box then 12742017.6 * atan2(
              sqrt(
                sind((('(13.405,52.52)'::point)[1] - ("t0"."place")[1] + 360 - 360) / 2) ^ 2 + cosd(
                  ("t0"."place")[1]
                ) * cosd(('(13.405,52.52)'::point)[1]) * sind(
                  (('(13.405,52.52)'::point)[0] - ("t0"."place")[0] + 360 - 360) / 2
                ) ^ 2
              ),
              sqrt(
                sind((('(13.405,52.52)'::point)[1] + ("t0"."place")[1] + 360 - 360) / 2) ^ 2 + cosd(
                  ("t0"."place")[1]
                ) * cosd(('(13.405,52.52)'::point)[1]) * cosd(
                  (('(13.405,52.52)'::point)[0] - ("t0"."place")[0] + 360 - 360) / 2
                ) ^ 2
              )
            ) end <= '2000'::float8
          )
        ) as "central",
        (
          select case when v.v0 is not null then json_build_object(
            'lat',
            (v.v0)[1],
            'lon',
            (v.v0)[0]
          ) end
          from (select coalesce("t0"."exit", "t0"."place") as v0) as v
        ) as "door",
        (
          select (
            select count(*)
            from "shop" "t2"
            where ("t2"."owner_id" = "t1"."id")
              and (
                (
                  "t2"."place" <@ (
                    box(
                      "t0"."place" - point(
                        case when abs(("t0"."place")[1]) + abs('1000'::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
                          least(
                            1,
                            sind(abs('1000'::float8 + 1 - 1) / 111195.08023353292) / cosd(
                              ("t0"."place")[1]
                            )
                          )
                        ) + 0.000001 end,
                        abs('1000'::float8 + 1 - 1) / 111195.08023353292 + 0.000001
                      ),
                      "t0"."place" + point(
                        case when abs(("t0"."place")[1]) + abs('1000'::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
                          least(
                            1,
                            sind(abs('1000'::float8 + 1 - 1) / 111195.08023353292) / cosd(
                              ("t0"."place")[1]
                            )
                          )
                        ) + 0.000001 end,
                        abs('1000'::float8 + 1 - 1) / 111195.08023353292 + 0.000001
                      )
                    )
                  )
                  or "t2"."place" <@ (
                    box(
                      "t0"."place" + point(
                        case when ("t0"."place")[0] < 0 then 360 else -360 end,
                        0
                      ) - point(
                        case when abs(("t0"."place")[1]) + abs('1000'::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
                          least(
                            1,
                            sind(abs('1000'::float8 + 1 - 1) / 111195.08023353292) / cosd(
                              ("t0"."place")[1]
                            )
                          )
                        ) + 0.000001 end,
                        abs('1000'::float8 + 1 - 1) / 111195.08023353292 + 0.000001
                      ),
                      "t0"."place" + point(
                        case when ("t0"."place")[0] < 0 then 360 else -360 end,
                        0
                      ) + point(
                        case when abs(("t0"."place")[1]) + abs('1000'::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
                          least(
                            1,
                            sind(abs('1000'::float8 + 1 - 1) / 111195.08023353292) / cosd(
                              ("t0"."place")[1]
                            )
                          )
                        ) + 0.000001 end,
                        abs('1000'::float8 + 1 - 1) / 111195.08023353292 + 0.000001
                      )
                    )
                  )
                )
                and (
                  case when "t2"."place" <@ '(180,90),(-180,-90)'::box
                  and "t0"."place" <@ '(180,90),(-180,-90)'::box then 12742017.6 * atan2(
                    sqrt(
                      sind((("t0"."place")[1] - ("t2"."place")[1] + 360 - 360) / 2) ^ 2 + cosd(
                        ("t2"."place")[1]
                      ) * cosd(("t0"."place")[1]) * sind(
                        (("t0"."place")[0] - ("t2"."place")[0] + 360 - 360) / 2
                      ) ^ 2
                    ),
                    sqrt(
                      sind((("t0"."place")[1] + ("t2"."place")[1] + 360 - 360) / 2) ^ 2 + cosd(
                        ("t2"."place")[1]
                      ) * cosd(("t0"."place")[1]) * cosd(
                        (("t0"."place")[0] - ("t2"."place")[0] + 360 - 360) / 2
                      ) ^ 2
                    )
                  ) end <= '1000'::float8
                )
              )
          )
          from "person" "t1"
          where ("t1"."id" = "t0"."owner_id")
        ) as "neighbors"
    ) "$o"
  ) as "$item",
    ("t0"."name")::text as "k0",
    ("t0"."id")::text as "k1"
  from "shop" "t0"
  where (
    (
      "t0"."place" <@ (
        box(
          $1::point - point(
            case when abs(($1::point)[1]) + abs($2::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
              least(1, sind(abs($2::float8 + 1 - 1) / 111195.08023353292) / cosd(($1::point)[1]))
            ) + 0.000001 end,
            abs($2::float8 + 1 - 1) / 111195.08023353292 + 0.000001
          ),
          $1::point + point(
            case when abs(($1::point)[1]) + abs($2::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
              least(1, sind(abs($2::float8 + 1 - 1) / 111195.08023353292) / cosd(($1::point)[1]))
            ) + 0.000001 end,
            abs($2::float8 + 1 - 1) / 111195.08023353292 + 0.000001
          )
        )
      )
      or "t0"."place" <@ (
        box(
          $1::point + point(case when ($1::point)[0] < 0 then 360 else -360 end, 0) - point(
            case when abs(($1::point)[1]) + abs($2::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
              least(1, sind(abs($2::float8 + 1 - 1) / 111195.08023353292) / cosd(($1::point)[1]))
            ) + 0.000001 end,
            abs($2::float8 + 1 - 1) / 111195.08023353292 + 0.000001
          ),
          $1::point + point(case when ($1::point)[0] < 0 then 360 else -360 end, 0) + point(
            case when abs(($1::point)[1]) + abs($2::float8 + 1 - 1) / 111195.08023353292 >= 89.9999 then 360 else asind(
              least(1, sind(abs($2::float8 + 1 - 1) / 111195.08023353292) / cosd(($1::point)[1]))
            ) + 0.000001 end,
            abs($2::float8 + 1 - 1) / 111195.08023353292 + 0.000001
          )
        )
      )
    )
    and (
      case when "t0"."place" <@ '(180,90),(-180,-90)'::box
      and $1::point <@ '(180,90),(-180,-90)'::box then 12742017.6 * atan2(
        sqrt(
          sind((($1::point)[1] - ("t0"."place")[1] + 360 - 360) / 2) ^ 2 + cosd(("t0"."place")[1]) * cosd(
            ($1::point)[1]
          ) * sind((($1::point)[0] - ("t0"."place")[0] + 360 - 360) / 2) ^ 2
        ),
        sqrt(
          sind((($1::point)[1] + ("t0"."place")[1] + 360 - 360) / 2) ^ 2 + cosd(("t0"."place")[1]) * cosd(
            ($1::point)[1]
          ) * cosd((($1::point)[0] - ("t0"."place")[0] + 360 - 360) / 2) ^ 2
        )
      ) end <= $2::float8
    )
  )
  order by "t0"."name", "t0"."id"
  limit $3::int4 + 1
)
select array_to_json(array(select "$item" from "$page" limit $3::int4))::text as "body",
  case when (select count(*) from "$page") > $3::int4 then (
    select json_build_array("k0", "k1")::text from "$page" offset $3::int4 - 1 limit 1
  ) end as "cursor",
  null::text as "total";

-- why not
select null::text as "found", null::text as "failed", null::text as "said";
