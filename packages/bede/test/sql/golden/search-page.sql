-- article.list
with "$page" as materialized (
  select (select "$o" from (select "t0"."id" as "id", "t0"."title" as "title") "$o") as "$item",
    (
      (
        - ts_rank("t0"."search", (select websearch_to_tsquery('english'::regconfig, $1::text)))::float8
      )
    )::text as "k0",
    ("t0"."id")::text as "k1"
  from "article" "t0"
  where (
    "t0"."search" @@ websearch_to_tsquery('english'::regconfig, $1::text)
    and querytree(websearch_to_tsquery('english'::regconfig, $1::text)) not in ('', 'T')
  )
    and (("t0"."draft" = false) or ("t0"."author_id" = $2::uuid))
  order by (
    - ts_rank("t0"."search", (select websearch_to_tsquery('english'::regconfig, $1::text)))::float8
  ),
    "t0"."id"
  limit $3::int4 + 1
)
select array_to_json(array(select "$item" from "$page" limit $3::int4))::text as "body",
  case when (select count(*) from "$page") > $3::int4 then (
    select json_build_array("k0", "k1")::text from "$page" offset $3::int4 - 1 limit 1
  ) end as "cursor",
  null::text as "total";

-- why not
select null::text as "found", null::text as "failed", null::text as "said";
