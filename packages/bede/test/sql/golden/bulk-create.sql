-- tag.createMany
with "$new" as (
  select "n"."id" as "id",
    ("n"."$item" ->> 'name')::text as "name",
    ("n"."$item" ->> 'articleId')::uuid as "article_id",
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
    "n"."article_id",
    "n"."$ord",
    case when not (
      (
        exists(
          select 1
          from "article" "t0"
          where ("t0"."id" = "n"."article_id")
            and (
              ("t0"."status" = 'published'::text)
              or ("t0"."author_id" = $3::uuid)
              or ($4::text = 'editor'::text)
            )
        )
      ) is true
    ) then 0 when not (
      (
        (
          select ("t1"."author_id" = $3::uuid)
          from "article" "t1"
          where ("t1"."id" = "n"."article_id")
        )
      ) is true
    ) then 1 end as "$failed"
  from "$new" "n"
),
"$written" as (
  insert into "tag" as "o" ("id", "name", "article_id")
  select "id", "name", "article_id"
  from "$checked"
  where "$failed" is null
  on conflict do nothing
  returning "o"."id", "o"."name", "o"."article_id"
),
"$result" as (
  select (select count(*) from "$written") as "written",
    (
      select array_to_json(
        array(
          select "$o"
          from (
            select case when "w"."id" is not null then 'created' else 'refused' end as "status",
              case when "w"."id" is not null then null when "c"."$ord" is null then 'not-found' when "c"."$failed" is not null then case "c"."$failed" when 0 then 'missing-reference' when 1 then 'forbidden' end else 'already-exists' end as "code",
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
    ("n"."$item" ->> 'articleId')::uuid as "article_id",
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
    "n"."article_id",
    "n"."$ord",
    case when not (
      (
        exists(
          select 1
          from "article" "t0"
          where ("t0"."id" = "n"."article_id")
            and (
              ("t0"."status" = 'published'::text)
              or ("t0"."author_id" = $3::uuid)
              or ($4::text = 'editor'::text)
            )
        )
      ) is true
    ) then 0 when not (
      (
        (
          select ("t1"."author_id" = $3::uuid)
          from "article" "t1"
          where ("t1"."id" = "n"."article_id")
        )
      ) is true
    ) then 1 end as "$failed"
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
          array[exists(
            select 1
            from "article" "t0"
            where ("t0"."id" = "n"."article_id")
              and (
                ("t0"."status" = 'published'::text)
                or ("t0"."author_id" = $3::uuid)
                or ($4::text = 'editor'::text)
              )
          ),
          (
            select ("t1"."author_id" = $3::uuid)
            from "article" "t1"
            where ("t1"."id" = "n"."article_id")
          )]::boolean[]
        ) as "$said"
        from "$new" "n"
        order by "n"."$ord"
      ) "s"
    )
  )::text as "said";
