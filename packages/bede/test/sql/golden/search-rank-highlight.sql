-- found
select row_to_json("$o")::text as "body"
from (
  select array(
    select "$o"
    from (
      select "t0"."title" as "title",
        ts_rank("t0"."search", (select websearch_to_tsquery('english'::regconfig, $1::text)))::float8 as "rank",
        string_to_array(
          replace(
            ts_headline(
              'english'::regconfig,
              translate(left("t0"."body", 200000), chr(2) || chr(3), ''),
              (select websearch_to_tsquery('english'::regconfig, $1::text)),
              'StartSel=' || chr(2) || ', StopSel=' || chr(3) || ', MaxFragments=2, MaxWords=25, MinWords=8, ShortWord=0, FragmentDelimiter=" … "'
            ),
            chr(3),
            chr(2)
          ),
          chr(2)
        ) as "parts"
      from (
        select "t0".*
        from "article" "t0"
        where (
          "t0"."search" @@ websearch_to_tsquery('english'::regconfig, $1::text)
          and querytree(websearch_to_tsquery('english'::regconfig, $1::text)) not in ('', 'T')
        )
          and (("t0"."draft" = false) or ("t0"."author_id" = $2::uuid))
        order by ts_rank(
          "t0"."search",
          (select websearch_to_tsquery('english'::regconfig, $1::text))
        )::float8 desc,
          "t0"."id" desc
        limit '10'::int4
      ) "t0"
      order by ts_rank("t0"."search", (select websearch_to_tsquery('english'::regconfig, $1::text)))::float8 desc,
        "t0"."id" desc
    ) "$o"
  ) as "items"
) "$o";

-- why not
select null::text as "found", null::text as "failed", null::text as "said";
