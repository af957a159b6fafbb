-- byProduct
select row_to_json("$o")::text as "body"
from (
  select array(
    select "$o"
    from (
      select "t0"."title" as "title",
        nullif(
          nullif(
            nullif(inner_product("t0"."embedding", $1::vector), 'NaN'::float8),
            'Infinity'::float8
          ),
          '-Infinity'::float8
        ) as "distance"
      from (
        select "t0".*
        from "note" "t0"
        where ("t0"."level" = '0'::int4)
        order by "t0"."embedding" <#> $1::vector
        limit $2::int4
      ) "t0"
      order by "t0"."embedding" <#> $1::vector, "t0"."id" desc
    ) "$o"
  ) as "items"
) "$o";

-- why not
select null::text as "found", null::text as "failed", null::text as "said";
