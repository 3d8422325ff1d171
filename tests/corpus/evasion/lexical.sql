-- name: upper case
SELECT EMAIL FROM APP.CUSTOMERS;
--;
-- name: mixed case
SeLeCt UpPeR(EmAiL) fRoM aPp.CuStOmErS;
--;
-- name: quoted identifiers
select "email" from "app"."customers";
--;
-- name: quoted function
select "upper"("email") from "app"."customers";
--;
-- name: unicode identifier
select u&"em\0061il" from app.customers;
--;
-- name: unicode identifier with six digits
select U&"\+000065mail" from app.customers;
--;
-- name: unicode identifier with another escape
select u&"em!0061il" uescape '!' from app.customers;
--;
-- name: unicode identifier all through
select u&"\0065\006d\0061\0069\006c" || '' from u&"\0061pp".u&"custom\0065rs";
--;
-- name: unicode function
select u&"\0075pper"(email) from app.customers;
--;
-- name: unicode string as a query
select query_to_xml(u&'select em\0061il from app.customers', true, false, '');
--;
-- name: unicode string with another escape
select query_to_xml(u&'select em#0061il from app.customers' uescape '#', true, false, '');
--;
-- name: unicode alias
select u&"\0078" from (select email as x from app.customers) s;
--;
-- name: comment inside
select /* email */ email /* id */ from app.customers;
--;
-- name: nested comment
select /* /* nested */ name from x; */ email from app.customers;
--;
-- name: deeper nested comment
select /*/*/*a*/*/*/email/**/from/**/app.customers;
--;
-- name: comment instead of spaces
select/**/email||''/**/from/**/app/**/./**/customers;
--;
-- name: line comment
select email -- name
 || '' from app.customers;
--;
-- name: line comment hides a line
select upper(name) --'
, upper(email) --'
 from app.customers;
--;
-- name: line comment with a return
select upper(--email
email) from app.customers;
--;
-- name: comment begins in a string
select '/*' || email || '*/' from app.customers;
--;
-- name: comment of an operator
select email ||/*-*/'' from app.customers;
--;
-- name: operator glued to a comment
select email||--
'' from app.customers;
--;
-- name: tabs and form feeds
select	email	||	''	from	app.customers;
--;
-- name: line feeds
select
upper(
email
)
from
app
.
customers;
--;
-- name: no spaces
select(email)||''from"app"."customers";
--;
-- name: many parentheses
select ((((((((((upper(email))))))))))) from (((app.customers cross join (select 1) o)));
--;
-- name: dollar quotes
select query_to_xml($$select email from app.customers$$, true, false, $$$$);
--;
-- name: tagged dollar quotes
select query_to_xml($a$select email from app.customers where '$$' <> '$b$'$a$, true, false, '');
--;
-- name: dollar quotes look like a comment
select $q$/*$q$ || upper(email) || $q$*/$q$ from app.customers;
--;
-- name: dollar quotes with letters beyond ascii
select $é$--$é$ || upper(email) from app.customers;
--;
-- name: escape strings
select query_to_xml(e'select \x65mail from app.customers', true, false, '');
--;
-- name: escape strings in octal
select query_to_xml(E'select \145mail from app.customers', true, false, '');
--;
-- name: escape strings with a quote
select e'\'' || upper(email) || e'\'' from app.customers;
--;
-- name: escape strings with a backslash at the end
select e'\\' || upper(email) || e'\\' from app.customers;
--;
-- name: plain string with a backslash at the end
select '\' || upper(email) || '\' from app.customers;
--;
-- name: doubled quotes
select '''' || upper(email) || '''--' from app.customers;
--;
-- name: continued strings
select query_to_xml('select em'
'ail from app.customers', true, false, '');
--;
-- name: continued escape strings
select query_to_xml(e'select \x65m'
'ail from app.customers', true, false, '');
--;
-- name: bit strings beside
select b'101', x'1f', upper(email) from app.customers;
--;
-- name: national strings
select n'x' || upper(email) from app.customers;
--;
-- name: operator syntax
select email operator(pg_catalog.||) '' from app.customers;
--;
-- name: operator syntax with spaces
select email operator ( pg_catalog . || ) '' from app.customers;
--;
-- name: prefix operator syntax
select operator(pg_catalog.-) replace(ssn, '-', '')::bigint from app.customers;
--;
-- name: custom operator characters
select replace(ssn, '-', '')::bigint | 0 from app.customers;
--;
-- name: cast by function
select text(email) from app.customers;
--;
-- name: cast by type name before a string
select varchar 'x' || email from app.customers;
--;
-- name: cast by keyword
select cast(email as character varying) from app.customers;
--;
-- name: cast by quoted type
select email::"text" from app.customers;
--;
-- name: cast by schema type
select email::pg_catalog.text from app.customers;
--;
-- name: cast by percent type
create function pg_temp.f(x app.customers.email%type) returns text language sql as 'select x';
select pg_temp.f(email) from app.customers;
--;
-- name: array types
select array[email]::text[] from app.customers;
--;
-- name: array keyword type
select cast(array[email] as text array) from app.customers;
--;
-- name: keyword as a label
select email as "from" from app.customers;
--;
-- name: keyword as an alias
select "where".email from app.customers "where";
--;
-- name: keyword without as
select email value from app.customers;
--;
-- name: column alias equal to a keyword function
select current_user || email from app.customers;
--;
-- name: identifier with spaces
select "a b" from (select email as "a b" from app.customers) x;
--;
-- name: identifier with a quote
select "a""b" || '' from (select email as "a""b" from app.customers) x;
--;
-- name: identifier with a dot
select "app.notes" from (select email as "app.notes" from app.customers) x;
--;
-- name: identifier as long as can be
select aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa from (select email as aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa from app.customers) x;
--;
-- name: identifier too long is cut
select aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabbb from (select email as aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaccc from app.customers) x;
--;
-- name: identifier beyond ascii
select été from (select email as été from app.customers) x;
--;
-- name: identifier that folds beyond ascii
select ÉTÉ from (select email as ÉTÉ from app.customers) x;
--;
-- name: label that looks like another statement
select email as "; select 1; --" from app.customers;
--;
-- name: dollar in an identifier
select a$b from (select email as a$b from app.customers) x;
--;
-- name: parameter lookalike in a string
select '$1' || upper(email) from app.customers;
--;
-- name: semicolons before
;;;select upper(email) from app.customers;
--;
-- name: semicolons behind
select upper(email) from app.customers;;;
--;
-- name: semicolon in a string
-- at once:
select ';'; select ';' || upper(email) from app.customers;
--;
-- name: semicolon in a comment
-- at once:
select 1 /* ; */; /* ; */ select upper(email) from app.customers
--;
-- name: semicolon in dollar quotes
-- at once:
select $$;$$; select $$;$$ || upper(email) from app.customers
--;
-- name: keywords glued to strings
select'1'from(select 1)x union all select(replace(ssn,'-',''))from app.customers;
--;
-- name: is null postfix
select email, email isnull, email notnull from app.customers;
--;
-- name: between symmetric
select case when email between symmetric 'zz' and '' then email end || '' from app.customers;
--;
-- name: at time zone
select (now() at time zone 'utc') || email from app.customers;
--;
-- name: row keyword
select (row(email)).f1 from app.customers;
--;
-- name: implicit row
select (email, ssn) from app.customers;
--;
-- name: select without a list item name
select (select email from app.customers where id = 1)::text;
--;
-- name: table with only in parentheses
select email from only (app.customers);
--;
-- name: table with a star
select email || '' from app.customers *;
--;
-- name: fetch first
select lower(email) from app.customers fetch first 1 row only;
--;
-- name: fetch with ties
select lower(email) from app.customers order by 1 fetch first 1 rows with ties;
--;
-- name: for update of
select lower(email) from app.customers for no key update of customers skip locked;
--;
-- name: select all
select all lower(email) from app.customers;
--;
-- name: group by all
select lower(email) from app.customers group by all lower(email);
--;
-- name: window clause by name
select max(email) over w from app.customers window w as ();
--;
-- name: overlay position trim collate in one
select overlay(trim(email collate "C") placing '' from 30) from app.customers;
--;
-- name: substring with commas
select substring(email, 1, 9) from app.customers;
--;
-- name: position keyword
select position('@' in email), substring(email for 9) from app.customers;
--;
-- name: extract keyword
select extract(epoch from make_interval(secs => replace(ssn, '-', '')::int)) from app.customers where id = 1;
--;
-- name: treat keyword
select xmlserialize(document xmlparse(document '<a>' || email || '</a>') as text) from app.customers;
--;
-- name: collation for
select collation for (email), lower(email) from app.customers;
--;
-- name: a very long statement
-- at once:
select /* nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, nothing to see here, */
 upper(email) from app.customers
--;
-- name: a very deep statement
-- at once:
select coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(coalesce(upper(email), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), ''), '') from app.customers
--;
-- name: a wide statement
-- at once:
select 0 as c0, 1 as c1, 2 as c2, 3 as c3, 4 as c4, 5 as c5, 6 as c6, 7 as c7, 8 as c8, 9 as c9, 10 as c10, 11 as c11, 12 as c12, 13 as c13, 14 as c14, 15 as c15, 16 as c16, 17 as c17, 18 as c18, 19 as c19, 20 as c20, 21 as c21, 22 as c22, 23 as c23, 24 as c24, 25 as c25, 26 as c26, 27 as c27, 28 as c28, 29 as c29, 30 as c30, 31 as c31, 32 as c32, 33 as c33, 34 as c34, 35 as c35, 36 as c36, 37 as c37, 38 as c38, 39 as c39, 40 as c40, 41 as c41, 42 as c42, 43 as c43, 44 as c44, 45 as c45, 46 as c46, 47 as c47, 48 as c48, 49 as c49, 50 as c50, 51 as c51, 52 as c52, 53 as c53, 54 as c54, 55 as c55, 56 as c56, 57 as c57, 58 as c58, 59 as c59, 60 as c60, 61 as c61, 62 as c62, 63 as c63, 64 as c64, 65 as c65, 66 as c66, 67 as c67, 68 as c68, 69 as c69, 70 as c70, 71 as c71, 72 as c72, 73 as c73, 74 as c74, 75 as c75, 76 as c76, 77 as c77, 78 as c78, 79 as c79, 80 as c80, 81 as c81, 82 as c82, 83 as c83, 84 as c84, 85 as c85, 86 as c86, 87 as c87, 88 as c88, 89 as c89, 90 as c90, 91 as c91, 92 as c92, 93 as c93, 94 as c94, 95 as c95, 96 as c96, 97 as c97, 98 as c98, 99 as c99, 100 as c100, 101 as c101, 102 as c102, 103 as c103, 104 as c104, 105 as c105, 106 as c106, 107 as c107, 108 as c108, 109 as c109, 110 as c110, 111 as c111, 112 as c112, 113 as c113, 114 as c114, 115 as c115, 116 as c116, 117 as c117, 118 as c118, 119 as c119, upper(email) from app.customers
--;
-- name: a text with a byte order mark within
select '﻿' || upper(email) from app.customers;
--;
-- name: zero width characters in a string
select '​' || upper(email) from app.customers;
--;
-- name: no-break space in an alias
select email as "a b" from app.customers;
--;
