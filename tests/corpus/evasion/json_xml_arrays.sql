-- name: json_build_object
select json_build_object('k', email) from app.customers;
--;
-- name: json_build_object, value as key
select json_build_object(email, 1) from app.customers;
--;
-- name: jsonb_build_array
select jsonb_build_array(email, ssn) from app.customers;
--;
-- name: json_object of arrays
select json_object(array['k'], array[email::text]) from app.customers;
--;
-- name: to_jsonb
select to_jsonb(email) from app.customers;
--;
-- name: arrow
select jsonb_build_object('k', email) ->> 'k' from app.customers;
--;
-- name: path arrow
select jsonb_build_object('k', jsonb_build_array(email)) #>> '{k,0}' from app.customers;
--;
-- name: subscript of jsonb
select (to_jsonb(c))['email'] from app.customers c;
--;
-- name: json_each
select e.value from app.customers c, json_each(row_to_json(c)) e;
--;
-- name: json_each_text in the result
select (json_each_text(row_to_json(c))).value from app.customers c;
--;
-- name: jsonb_array_elements_text
select jsonb_array_elements_text(jsonb_agg(email)) from app.customers;
--;
-- name: jsonb_object_keys of a value made key
select jsonb_object_keys(jsonb_build_object(email, 1)) from app.customers;
--;
-- name: jsonb_path_query
select jsonb_path_query(to_jsonb(c), '$.email') from app.customers c;
--;
-- name: jsonb_path_query with keyvalue
select jsonb_path_query(to_jsonb(c), '$.keyvalue().value') from app.customers c;
--;
-- name: jsonb_path_query_array
select jsonb_path_query_array(jsonb_agg(c), '$[*].ssn') from app.customers c;
--;
-- name: jsonb_path_query variables
select jsonb_path_query('1', '$x', jsonb_build_object('x', email)) from app.customers;
--;
-- name: jsonb_set
select jsonb_set('{}', '{k}', to_jsonb(email)) from app.customers;
--;
-- name: jsonb_insert
select jsonb_insert('[]', '{0}', to_jsonb(email)) from app.customers;
--;
-- name: jsonb concatenation
select jsonb_build_object('a', 1) || jsonb_build_object('b', email) from app.customers;
--;
-- name: jsonb minus another
select to_jsonb(c) - 'name' - 'id' from app.customers c;
--;
-- name: jsonb_strip_nulls
select jsonb_strip_nulls(to_jsonb(c)) from app.customers c;
--;
-- name: jsonb_pretty
select jsonb_pretty(to_jsonb(c)) from app.customers c;
--;
-- name: json as text
select (row_to_json(c))::text from app.customers c;
--;
-- name: json_populate_recordset
select x.email from json_populate_recordset(null::app.customers, (select json_agg(c) from app.customers c)) x;
--;
-- name: array literal
select array[email] from app.customers;
--;
-- name: array subscript
select (array[email])[1] from app.customers;
--;
-- name: array slice
select (array[name, email])[2:] from app.customers;
--;
-- name: nested array
select array[[email, 'x'], [ssn, 'y']] from app.customers;
--;
-- name: array_append
select array_append('{}', email::text) from app.customers;
--;
-- name: array_cat
select array['x'] || array[email::text] from app.customers;
--;
-- name: array_to_string
select array_to_string(array[email, ssn], ' ') from app.customers;
--;
-- name: array_to_json
select array_to_json(array[email]) from app.customers;
--;
-- name: array_fill
select array_fill(email, array[2]) from app.customers;
--;
-- name: array_replace
select array_replace(array['x'], 'x', email::text) from app.customers;
--;
-- name: array_remove
select array_remove(array[email], 'x') from app.customers;
--;
-- name: array_position of a value, shown
select array_position(array[email], email), array[email] from app.customers;
--;
-- name: trim_array
select trim_array(array[email, 'x'], 1) from app.customers;
--;
-- name: unnest of several arrays
select * from unnest((select array_agg(email) from app.customers), (select array_agg(ssn) from app.customers)) as t(a, b);
--;
-- name: generate_subscripts over an array
select (select array_agg(email) from app.customers)[n] from generate_subscripts(array[1, 2, 3], 1) n;
--;
-- name: array subselect subscripted by a column
select (array(select email from app.customers order by id))[n.id] from app.notes n where n.id < 3;
--;
-- name: xmlelement
select xmlelement(name e, email) from app.customers;
--;
-- name: xmlelement attribute
select xmlelement(name e, xmlattributes(email as a)) from app.customers;
--;
-- name: xmlforest
select xmlforest(email, ssn as s) from app.customers;
--;
-- name: xmlconcat
select xmlconcat(xmlelement(name a, email), xmlelement(name b)) from app.customers;
--;
-- name: xmlpi
select xmlpi(name p, email) from app.customers;
--;
-- name: xmlcomment
select xmlcomment(replace(email, '-', '')) from app.customers;
--;
-- name: xmlparse
select xmlparse(content email) from app.customers;
--;
-- name: xmlserialize
select xmlserialize(content xmlelement(name e, email) as text) from app.customers;
--;
-- name: xmlroot
select xmlroot(xmlelement(name e, email), version '1.0') from app.customers;
--;
-- name: xpath
select (xpath('/e/text()', xmlelement(name e, email)))[1] from app.customers;
--;
-- name: xmltable
select x.v from app.customers c, xmltable('/e' passing xmlelement(name e, c.email) columns v text path '.') x;
--;
-- name: xmltable default
select x.v from app.customers c, xmltable('/e' passing '<e/>' columns v text path 'nothing' default c.email) x;
--;
-- name: xmltable path made of the value
select x.v from app.customers c, xmltable('/e' passing '<e/>' columns v text path ('"' || c.email || '"')) x;
--;
-- name: xslt
select xslt_process('<a/>', '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:output method="text"/><xsl:template match="/">' || email || '</xsl:template></xsl:stylesheet>') from app.customers;
--;
-- name: range of text
select app.float_range(replace(ssn, '-', '')::float8, null) from app.customers;
--;
-- name: multirange
select int8multirange(int8range(replace(ssn, '-', '')::int8, null)) from app.customers;
--;
-- name: hstore of arrays
select hstore(array['k'], array[email::text]) from app.customers;
--;
-- name: hstore each
select (each(hstore(c))).value from app.customers c;
--;
-- name: hstore to json
select hstore_to_json(hstore(c)) from app.customers c;
--;
-- name: composite in an array
select (array[row(1, email)::app.pair])[1] from app.customers;
--;
-- name: json_object constructor
-- needs: 16
select json_object('k': email) from app.customers;
--;
-- name: json_array constructor
-- needs: 16
select json_array(email, ssn) from app.customers;
--;
-- name: json_array of a query
-- needs: 16
select json_array(select email from app.customers);
--;
-- name: json_arrayagg
-- needs: 16
select json_arrayagg(email order by id) from app.customers;
--;
-- name: json_objectagg
-- needs: 16
select json_objectagg(id value email) from app.customers;
--;
-- name: json_objectagg, value as key
-- needs: 16
select json_objectagg(email value 1) from app.customers;
--;
-- name: any_value
-- needs: 16
select any_value(email) from app.customers;
--;
-- name: json_scalar
-- needs: 17
select json_scalar(email) from app.customers;
--;
-- name: json_serialize
-- needs: 17
select json_serialize(to_jsonb(c)::json) from app.customers c;
--;
-- name: json constructor
-- needs: 17
select json('"' || email || '"') from app.customers;
--;
-- name: json_value
-- needs: 17
select json_value(to_jsonb(c), '$.email') from app.customers c;
--;
-- name: json_value passing
-- needs: 17
select json_value('1', '$v' passing email as v) from app.customers;
--;
-- name: json_query
-- needs: 17
select json_query(to_jsonb(c), '$.ssn' with wrapper) from app.customers c;
--;
-- name: json_table
-- needs: 17
select j.e from app.customers c, json_table(to_jsonb(c), '$' columns (e text path '$.email')) j;
--;
-- name: json_table passing
-- needs: 17
select j.e from app.customers c, json_table('1', '$' passing c.email as v columns (e text path '$v')) j;
--;
-- name: json_table nested
-- needs: 17
select j.e from json_table((select jsonb_agg(c) from app.customers c), '$' columns (nested path '$[*]' columns (e text path '$.email'))) j;
--;
-- name: an xml table's column with a system column's name
select x.xmin from app.customers p, xmltable('/a' passing xmlelement(name a, p.ssn) columns xmin text path '.') x;
--;
-- name: an xml table's column with another system column's name
select x.ctid from app.customers p, xmltable('/a' passing xmlelement(name a, p.ssn) columns ctid text path '.') x;
--;
