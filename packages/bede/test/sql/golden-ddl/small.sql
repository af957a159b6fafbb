create schema if not exists "bede";

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
  constraint "article_pkey" primary key ("id"),
  constraint "article_status_choice" check ("status" in ('draft'::text, 'published'::text)),
  constraint "article_article_views_check_check" check ((("views" >= '0'::int4)) is true)
);

create table "bede"."idempotency" (
  "id" uuid not null,
  "scope" text collate "C" not null,
  "key" text collate "C" not null,
  "fingerprint" text collate "C" not null,
  "status" int4 not null,
  "body" text collate "C",
  "created_at" timestamptz(3) not null default now(),
  constraint "idempotency_pkey" primary key ("id")
);

create table "bede"."outbox" (
  "id" uuid not null,
  "event" text collate "C" not null,
  "payload" jsonb not null,
  "created_at" timestamptz(3) not null default now(),
  constraint "outbox_pkey" primary key ("id")
);

create table "bede"."secret" (
  "id" uuid not null,
  "name" text collate "C" not null,
  "value" text collate "C" not null,
  "created_at" timestamptz(3) not null default now(),
  constraint "secret_pkey" primary key ("id")
);

create table "bede"."session" (
  "id" uuid not null,
  "token_hash" text collate "C" not null,
  "account_id" uuid not null,
  "created_at" timestamptz(3) not null default now(),
  "used_at" timestamptz(3) not null default now(),
  "expires_at" timestamptz(3) not null,
  "user_agent" text collate "C",
  "proven_at" timestamptz(3),
  constraint "session_pkey" primary key ("id")
);

create table "favorite" (
  "id" uuid not null,
  "user_id" uuid not null,
  "article_id" uuid not null,
  constraint "favorite_pkey" primary key ("id")
);

create table "tag" (
  "id" uuid not null,
  "name" text collate "C" not null,
  "article_id" uuid not null,
  constraint "tag_pkey" primary key ("id")
);

create table "user" (
  "id" uuid not null,
  "name" text collate "C" not null,
  "email" text collate "C" not null,
  "role" text collate "C" not null default 'member'::text,
  "hidden" boolean not null default false,
  constraint "user_pkey" primary key ("id"),
  constraint "user_role_choice" check ("role" in ('member'::text, 'editor'::text))
);

create index "article_author_id_created_at_idx" on "article" ("author_id", "created_at");

create index "article_created_at_idx" on "article" ("created_at");

create index "article_published_at_idx" on "article" ("published_at");

create index "article_status_idx" on "article" ("status");

create index "article_title_idx" on "article" ("title");

create unique index "bede_idempotency_scope_key" on "bede"."idempotency" ("scope", "key");

create index "bede_idempotency_created_at" on "bede"."idempotency" ("created_at");

create unique index "bede_secret_name" on "bede"."secret" ("name");

create unique index "bede_session_token_hash" on "bede"."session" ("token_hash");

create index "bede_session_account_id" on "bede"."session" ("account_id");

create index "bede_session_expires_at" on "bede"."session" ("expires_at");

create unique index "favorite_user_id_article_id_key" on "favorite" ("user_id", "article_id");

create index "favorite_article_id_idx" on "favorite" ("article_id");

create index "tag_article_id_idx" on "tag" ("article_id");

create index "tag_name_idx" on "tag" ("name");

create unique index "user_name_key" on "user" ("name");

alter table "article" add constraint "article_author_id_fkey" foreign key ("author_id") references "user" ("id");

alter table "bede"."session" add constraint "session_account_id_fkey" foreign key ("account_id") references "user" ("id") on delete cascade;

alter table "favorite" add constraint "favorite_user_id_fkey" foreign key ("user_id") references "user" ("id");

alter table "favorite" add constraint "favorite_article_id_fkey" foreign key ("article_id") references "article" ("id") on delete cascade;

alter table "tag" add constraint "tag_article_id_fkey" foreign key ("article_id") references "article" ("id") on delete cascade;
