-- article.aggregate
with "$groups" as materialized (
  select "k0", "k1", count(*) as "m0", max("g"."v1") as "m1"
  from (
    select "t0"."status" as "k0",
      date_trunc('month'::text, "t0"."published_at", 'UTC') as "k1",
      "t0"."published_at" as "v1"
    from "article" "t0"
    where (
      ("t0"."status" = 'published'::text)
      or ("t0"."author_id" = $1::uuid)
      or ($2::text = 'editor'::text)
    )
  ) "g"
  group by "k0", "k1"
  order by "m0" desc nulls last, "k0", "k1"
  limit $3::int4 + 1
)
select row_to_json("$o")::text as "body"
from (
  select array(
    select "$i"
    from (
      select (
        select "$b"
        from (
          select "k0" as "status",
            to_char("k1" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "month"
        ) "$b"
      ) as "by",
        (
          select "$m"
          from (
            select "m0" as "count",
              to_char("m1" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "max.publishedAt"
          ) "$m"
        ) as "measures"
      from "$groups"
      order by "m0" desc nulls last, "k0", "k1"
      limit $3::int4
    ) "$i"
  ) as "items",
    (select count(*) from "$groups") > $3::int4 as "more"
) "$o";

-- why not
select null::text as "found", null::text as "failed", null::text as "said";
