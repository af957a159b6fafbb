/** Names and texts that are code somewhere: in TypeScript, in SQL, in a migration, in Markdown, on a terminal. */
export const hostile = [
  'a"b',
  "x'y",
  'back`tick`',
  'end */ globalThis.pwned = 1 /*',
  `\${globalThis.pwned = 1}`,
  'new\nline\rglobalThis.pwned = 1',
  'separators\u2028globalThis.pwned = 1\u2029',
  '__proto__',
  'constructor',
  'toString',
  'class',
  'default',
  'models',
  "'); globalThis.pwned = 1; ('",
  '"); globalThis.pwned = 1; ("',
  "'); drop table bystander; --",
  '"; drop table bystander; --',
  'n'.repeat(63),
  'ünïcödé \u202e gnorw',
  'line\n-- accept loss: bystander\n-- step 9: mine\n-- run: alone',
  '$body$; drop table bystander; $body$',
  '$1 $& $$',
  'back\\slash\\',
  '</script><script>',
  '| cell |',
  ' ',
] as const

const name = (text: string): string => `"${text.replaceAll('"', '""')}"`
const value = (text: string): string => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`

/** A database in which everything that has a name or a text has one of these. */
export const hostileSql = [
  'create table bystander (id int primary key)',
  'insert into bystander values (1)',
  ...hostile.flatMap((text, n) => {
    const table = name(text)
    const other = name(hostile[(n + 1) % hostile.length] ?? '')
    return [
      `create schema ${name(`s${n}${text}`.slice(0, 60))}`,
      `create type ${name(`t${n}${text}`.slice(0, 60))} as enum (${value(text)}, 'other')`,
      `create domain ${name(`d${n}${text}`.slice(0, 60))} as text check (value <> ${value(text)})`,
      `create table ${table} (
        ${other} serial constraint ${name(`k${n}${text}`.slice(0, 60))} primary key,
        ${name(`c${text}`.slice(0, 60))} text collate "C" not null default ${value(text)} constraint ${name(`h${n}${text}`.slice(0, 60))} check (${name(`c${text}`.slice(0, 60))} <> ${value(`not ${text}`)}),
        ${name(`e${text}`.slice(0, 60))} ${name(`t${n}${text}`.slice(0, 60))} default ${value(text)},
        ${name(`d${text}`.slice(0, 60))} ${name(`d${n}${text}`.slice(0, 60))},
        ${name(`g${text}`.slice(0, 60))} text generated always as (${value(text)} || 'x') stored,
        mother int
      )`,
      `comment on table ${table} is ${value(text)}`,
      `comment on column ${table}.${other} is ${value(text)}`,
      `create unique index ${name(`u${n}${text}`.slice(0, 60))} on ${table} (${name(`c${text}`.slice(0, 60))})`,
      `create index ${name(`i${n}${text}`.slice(0, 60))} on ${table} (lower(${name(`c${text}`.slice(0, 60))}))`,
      `create view ${name(`v${n}${text}`.slice(0, 60))} as select *, ${value(text)}::text as ${name(`w${text}`.slice(0, 60))} from ${table}`,
      `create table ${name(`s${n}${text}`.slice(0, 60))}.${table} (id uuid primary key, ${table} text)`,
      `insert into ${table} (mother) values (1)`,
      `create function ${name(`f${n}${text}`.slice(0, 60))}() returns trigger language plpgsql as $f$ begin /* ${text.replaceAll(/\/\*|\*\//g, '')} */ return new; end $f$`,
      `create trigger ${name(`r${n}${text}`.slice(0, 60))} before update on ${table} for each row execute function ${name(`f${n}${text}`.slice(0, 60))}()`,
    ]
  }),
  ...hostile.map((text, n) => {
    const other = hostile[(n + 1) % hostile.length] ?? ''
    const key = name(hostile[(n + 2) % hostile.length] ?? '')
    return `alter table ${name(text)} add constraint ${name(`m${n}${text}`.slice(0, 60))} foreign key (mother) references ${name(other)} (${key}) on delete cascade`
  }),
].join(';\n')
