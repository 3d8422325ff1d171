-- name: query to xml
select query_to_xml('select email from app.customers', true, false, '');
--;
-- name: query to xml and schema
select query_to_xml_and_xmlschema('select email from app.customers', true, false, '');
--;
-- name: table to xml
select table_to_xml('app.customers', true, false, '');
--;
-- name: table to xml and schema
select table_to_xml_and_xmlschema('app.customers', true, false, '');
--;
-- name: schema to xml
select schema_to_xml('app', true, false, '');
--;
-- name: schema to xml and schema
select schema_to_xml_and_xmlschema('app', true, false, '');
--;
-- name: cursor to xml
declare c cursor for select email from app.customers;
select cursor_to_xml('c', 5, true, false, '');
--;
-- name: cursor to xml of a clean-looking cursor
select app.open_cursor();
select cursor_to_xml('opened', 5, true, false, '');
--;
-- name: query put together
select query_to_xml('select em' || 'ail from app.' || 'customers', true, false, '');
--;
-- name: query put together by format
select query_to_xml(format('select %I from %I.%I', 'email', 'app', 'customers'), true, false, '');
--;
-- name: query from hexadecimal
select query_to_xml(convert_from('\x7461626c65206170702e637573746f6d657273', 'UTF8'), true, false, '');
--;
-- name: query from a column
update app.notes set note = 'table app.customers' where id = 1;
select query_to_xml(note, true, false, '') from app.notes where id = 1;
--;
-- name: query in an expression
select (xpath('//email/text()', query_to_xml('table app.customers', true, false, '')))[1]::text;
--;
-- name: query in a subselect
select x || '' from (select query_to_xml('table app.customers', true, false, '')::text as x) s;
--;
-- name: query in from
select q from query_to_xml('table app.customers', true, false, '') q;
--;
-- name: query in a table function
select t.e from xmltable('/row' passing query_to_xml('select email from app.customers where id = 1', true, true, '') columns e text path 'email') t;
--;
-- name: query in a filter shows by an error
select 1 where query_to_xml('select email from app.customers where id = 1', true, true, '')::text::int = 1;
--;
-- name: query stored
insert into app.notes (id, note) values (1001, query_to_xml('table app.customers', true, false, '')::text);
select note from app.notes where id = 1001;
--;
-- name: query returned by an update
update app.notes set note = 'x' where id = 1 returning query_to_xml('table app.customers', true, false, '');
--;
-- name: query stored in a temporary table
create temp table t as select query_to_xml('table app.customers', true, false, '')::text as x;
select x from t;
--;
-- name: query in a view of one's own
create temp view v as select query_to_xml('table app.customers', true, false, '')::text as x;
select x from v;
--;
-- name: query that makes a cursor, in a cursor
declare c cursor for select query_to_xml('table app.customers', true, false, '');
fetch c;
--;
-- name: query in a prepared statement
prepare p(text) as select query_to_xml($1, true, false, '');
execute p('select email from app.customers');
--;
-- name: query in copy
copy (select query_to_xml('table app.customers', true, false, '')) to stdout;
--;
-- name: query with an error that quotes
select query_to_xml('select email::int from app.customers', true, false, '');
--;
-- name: text search statistics
select * from ts_stat('select to_tsvector(''simple'', replace(email, ''@'', '' '')) from app.customers');
--;
-- name: text search statistics with weights
select word from ts_stat('select to_tsvector(''simple'', replace(email, ''@'', '' '')) from app.customers', 'abcd');
--;
-- name: text search rewrite
select ts_rewrite('a'::tsquery, 'select ''a''::tsquery, plainto_tsquery(''simple'', replace(email, ''@'', '' '')) from app.customers where id = 1');
--;
-- name: crosstab
select * from crosstab('select 1, id, email::text from app.customers order by 1, 2') as t(r int, a text, b text, c text);
--;
-- name: crosstab with categories
select * from crosstab('select 1, id, email::text from app.customers order by 1, 2', 'select generate_series(1, 3)') as t(r int, a text, b text, c text);
--;
-- name: crosstab of fixed width
select * from crosstab3('select ''x''::text, id::text, email::text from app.customers order by 1, 2');
--;
-- name: crosstab of two
select * from crosstab2('select ''x''::text, id::text, ssn::text from app.customers order by 1, 2');
--;
-- name: xpath_table
select * from xpath_table('id', '''<a>'' || email || ''</a>''', 'app.customers', '/a', 'true') as t(id int, x text);
--;
-- name: function that runs its text
select app.run('select email from app.customers where id = 2');
--;
-- name: function that runs its text, in a filter
select 1 where app.run('select email from app.customers where id = 2')::int = 1;
--;
-- name: table named by a cast

select table_to_xml(('app.cus' || 'tomers')::regclass, true, false, '');
--;
-- name: table by its number
select table_to_xml(c.oid::regclass, true, false, '') from pg_class c where relname = 'customers';
--;
-- name: query through a user's view
select hidden from app.spied limit 1;
--;
-- name: function by quoted name
select "query_to_xml"('table app.customers', true, false, '');
--;
-- name: function by unicode name
select u&"query\005fto\005fxml"('table app.customers', true, false, '');
--;
-- name: function in capitals
select QUERY_TO_XML('table app.customers', true, false, '');
--;
-- name: function by schema
select pg_catalog.query_to_xml('table app.customers', true, false, '');
--;
-- name: function with names for its arguments
select query_to_xml(query => 'table app.customers', nulls => true, tableforest => false, targetns => '');
--;
-- name: function with names in the old way
select query_to_xml(query := 'table app.customers', nulls := true, tableforest := false, targetns := '');
--;
-- name: ts_stat by attribute notation
select ('select to_tsvector(''simple'', replace(email, ''@'', '' '')) from app.customers'::text).ts_stat;
--;
-- name: ts_stat by attribute notation, its fields
select (('select to_tsvector(''simple'', replace(email, ''@'', '' '')) from app.customers'::text).ts_stat).word;
--;
-- name: ts_stat by attribute notation of a function's rows
select f.ts_stat from unnest(array['select to_tsvector(''simple'', replace(email, ''@'', '' '')) from app.customers']) f;
--;
-- name: ts_stat by attribute notation of an element
select (array['select to_tsvector(''simple'', replace(email, ''@'', '' '')) from app.customers'])[1].ts_stat;
--;
-- name: user function that runs SQL by attribute notation
set local search_path = app;
select ('select email from app.customers where id = 1'::text).run;
--;
-- name: user function that runs SQL by attribute notation of a function's rows
set local search_path = app;
select f.run from unnest(array['select email from app.customers where id = 1']) f;
--;
-- name: user function that reveals by attribute notation
set local search_path = app;
select (1).reveal;
--;
-- name: user function that reveals by attribute notation of a function's rows
set local search_path = app;
select g.reveal from generate_series(1, 1) g;
--;
-- name: user function that reveals by attribute notation of a sub-select
set local search_path = app;
select ((select 1)).reveal;
--;
