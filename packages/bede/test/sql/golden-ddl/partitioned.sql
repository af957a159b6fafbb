create table "article" (
  "id" uuid not null,
  "title" text collate "C" not null,
  "status" text collate "C" not null default 'draft'::text,
  "views" int4 not null default '0'::int4,
  "note" text collate "C",
  "published_at" timestamptz(3),
  "created_at" timestamptz(3) not null default now(),
  "updated_at" timestamptz(3) not null default now(),
  "author_id" uuid not null,
  constraint "article_pkey" primary key ("id", "created_at"),
  constraint "article_status_choice" check ("status" in ('draft'::text, 'published'::text)),
  constraint "article_article_views_check_check" check ((("views" >= '0'::int4)) is true)
) partition by RANGE ("created_at");
create table "article_default" partition of "article" default;

create index "article_author_id_created_at_idx" on "article" ("author_id", "created_at");

create index "article_created_at_idx" on "article" ("created_at");

create index "article_published_at_idx" on "article" ("published_at");

create index "article_status_idx" on "article" ("status");

create index "article_title_idx" on "article" ("title");
