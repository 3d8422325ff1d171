-- name: concatenation
select email || '' from app.customers;
--;
-- name: upper case
select upper(email) from app.customers;
--;
-- name: initcap
select initcap(email) from app.customers;
--;
-- name: reverse
select reverse(email) from app.customers;
--;
-- name: substring from for
select substring(email from 1 for 9) from app.customers;
--;
-- name: substring by pattern
select substring(email from '^[^@]+') from app.customers;
--;
-- name: substring by sql pattern
select substring(email similar '#"%#"@%' escape '#') from app.customers;
--;
-- name: left
select left(email, 9) from app.customers;
--;
-- name: right of the local part
select right(split_part(email, '@', 1), 9) from app.customers;
--;
-- name: overlay
select overlay(email placing '' from 20 for 1) from app.customers;
--;
-- name: trim
select trim(both '@' from email), btrim(ssn), ltrim(ssn, 'x'), rtrim(ssn) from app.customers;
--;
-- name: pad
select lpad(ssn, 20, '*'), rpad(ssn, 20, '*') from app.customers;
--;
-- name: repeat
select repeat(email, 2) from app.customers;
--;
-- name: replace
select replace(ssn, '-', '') from app.customers;
--;
-- name: translate
select translate(ssn, '-', '/') from app.customers;
--;
-- name: regexp_replace
select regexp_replace(email, '@.*', '') from app.customers;
--;
-- name: regexp_match
select regexp_match(email, '(.*)@') from app.customers;
--;
-- name: regexp_matches
select regexp_matches(email, '[a-z]+', 'g') from app.customers;
--;
-- name: regexp_split_to_array
select regexp_split_to_array(email, '@') from app.customers;
--;
-- name: regexp_split_to_table
select regexp_split_to_table(email, '@') from app.customers;
--;
-- name: regexp_substr
select regexp_substr(email, '^[a-z.]+') from app.customers;
--;
-- name: string_to_table
select string_to_table(email, '.') from app.customers;
--;
-- name: split_part
select split_part(email, '.', 1), split_part(split_part(email, '@', 1), '.', 2) from app.customers;
--;
-- name: one character a row
select substr(email, n, 1) from app.customers, generate_series(1, 11) n where customers.id = 1 order by n;
--;
-- name: character codes
select string_agg(ascii(substr(email, n, 1))::text, ',' order by n) from app.customers c, generate_series(1, 11) n where c.id = 1;
--;
-- name: characters from codes
select string_agg(chr(ascii(substr(email, n, 1))), '' order by n) from app.customers c, generate_series(1, 11) n where c.id = 1;
--;
-- name: hexadecimal
select encode(email::bytea, 'hex') from app.customers;
--;
-- name: base64
select encode(convert_to(email, 'UTF8'), 'base64') from app.customers;
--;
-- name: escape format
select encode(email::bytea, 'escape') from app.customers;
--;
-- name: bytes
select email::bytea from app.customers;
--;
-- name: one byte a row
select get_byte(email::bytea, n) from app.customers, generate_series(0, 4) n where customers.id = 1 order by n;
--;
-- name: to_hex of codes
select string_agg(to_hex(ascii(substr(email, n, 1))), '' order by n) from app.customers c, generate_series(1, 5) n where c.id = 1;
--;
-- name: bits
-- shows: 0111000101111010
select (get_byte(email::bytea, 0) * 256 + get_byte(email::bytea, 1))::bit(16) from app.customers where id = 1;
--;
-- name: convert and back
select convert_from(convert(email::bytea, 'UTF8', 'LATIN1'), 'LATIN1') from app.customers;
--;
-- name: convert to utf-16 by hand
-- shows: 0071007a00760078
select decode(string_agg('00' || encode(substr(email, n, 1)::bytea, 'hex'), '' order by n), 'hex') from app.customers c, generate_series(1, 11) n where c.id = 1;
--;
-- name: md5
select md5(email) from app.customers;
--;
-- name: sha256
select encode(sha256(email::bytea), 'hex') from app.customers;
--;
-- name: sha512
select encode(sha512(email::bytea), 'base64') from app.customers;
--;
-- name: rot13
-- shows: dmikx
select translate(email, 'qzvxk', 'dmikx') from app.customers where id = 1;
--;
-- name: cast to text
select email::text from app.customers;
--;
-- name: cast to a name
select email::name from app.customers;
--;
-- name: cast to varchar with length
select cast(email as varchar(9)) from app.customers;
--;
-- name: cast to char
select email::char(30) from app.customers;
--;
-- name: cast to json string
select to_json(email) from app.customers;
--;
-- name: cast to array element
select ('{' || email || '}')::text[] from app.customers;
--;
-- name: cast to a composite
select ('(1,' || email || ')')::app.pair from app.customers;
--;
-- name: cast to a domain
select email::app.email_address from app.customers;
--;
-- name: cast to number
select replace(ssn, '-', '')::bigint from app.customers;
--;
-- name: arithmetic
select card::numeric + 0 from app.customers;
--;
-- name: arithmetic to be undone
-- shows: 907351847
select replace(ssn, '-', '')::bigint + 1 from app.customers where id = 1;
--;
-- name: interval
select make_interval(secs => replace(ssn, '-', '')::bigint / 1000) from app.customers where id = 1;
select replace(ssn, '-', '')::numeric / 1 from app.customers where id = 1;
--;
-- name: money
-- shows: $907,351,846
select replace(ssn, '-', '')::numeric::money from app.customers where id = 1;
--;
-- name: point
select point(replace(ssn, '-', '')::float8, 1) from app.customers where id = 1;
--;
-- name: range
select int8range(replace(ssn, '-', '')::int8, null) from app.customers where id = 1;
--;
-- name: inet
-- shows: 90.73.51.84
select regexp_replace(replace(ssn, '-', ''), '(..)(..)(..)(..).*', '\1.\2.\3.\4')::inet from app.customers where id = 1;
--;
-- name: timestamp
-- shows: 1998-10-02
select to_timestamp(replace(ssn, '-', '')::bigint) at time zone 'utc' from app.customers where id = 1;
--;
-- name: uuid
select rpad(replace(ssn, '-', ''), 32, '0')::uuid from app.customers where id = 1;
--;
-- name: bit string
select rpad(ssn, 11)::bytea from app.customers where id = 1;
--;
-- name: coalesce
select coalesce(email, 'x') from app.customers;
--;
-- name: nullif
select nullif(email, 'x') from app.customers;
--;
-- name: greatest
select greatest(email, ''), least(ssn, 'z') from app.customers;
--;
-- name: case result
select case when id > 0 then email else '' end from app.customers;
--;
-- name: case of a constant
select case 1 when 1 then ssn end from app.customers;
--;
-- name: parentheses
select (((email))) from app.customers;
--;
-- name: collation
select email collate "C" from app.customers;
--;
-- name: format
select format('%s', email), format('%I', email), format('%L', email) from app.customers;
--;
-- name: format by position
select format('%2$s', 'x', email) from app.customers;
--;
-- name: concat
select concat(email), concat_ws('-', 'a', email) from app.customers;
--;
-- name: concat variadic
select concat(variadic array[email, ssn]) from app.customers;
--;
-- name: quote
select quote_literal(email), quote_ident(email), quote_nullable(email) from app.customers;
--;
-- name: unistr
select unistr(email) from app.customers;
--;
-- name: normalize
select normalize(email, nfkd) from app.customers;
--;
-- name: to_char of a number
select to_char(replace(ssn, '-', '')::bigint, '999999999') from app.customers;
--;
-- name: to_number
select to_number(ssn, '999-99-9999') from app.customers;
--;
-- name: to_tsvector
select to_tsvector('simple', replace(email, '@', ' ')) from app.customers;
--;
-- name: ts_headline
select ts_headline('simple', email, to_tsquery('simple', 'nothing')) from app.customers;
--;
-- name: ts_debug
select token from app.customers c, ts_debug('simple', c.email) where c.id = 1;
--;
-- name: ts_parse
select t.token from app.customers c, ts_parse('default', c.email) t where c.id = 1;
--;
-- name: ts_lexize
select ts_lexize('simple', email) from app.customers;
--;
-- name: phraseto_tsquery
select plainto_tsquery('simple', replace(email, '@', ' ')) from app.customers;
--;
-- name: tsvector to array
select tsvector_to_array(array_to_tsvector(array[email])) from app.customers;
--;
-- name: row comparison keeps a row
select row(email, 1) from app.customers;
--;
-- name: is distinct in a case
select case when email is distinct from '' then email end from app.customers;
--;
-- name: pg_input_is_valid free cast in a sublink
select (select cast(c.email as text)) from app.customers c;
--;
-- name: parse_ident
select parse_ident(split_part(email, '@', 1)) from app.customers;
--;
-- name: trigrams
select show_trgm(split_part(email, '@', 1)) from app.customers where id = 1;
select unaccent(email), soundex(email) from app.customers where id = 1;
--;
-- name: levenshtein path
select metaphone(email, 20), unaccent(email) from app.customers where id = 1;
--;
-- name: encrypt with a key of one's own
select decrypt(encrypt(email::bytea, 'k', 'aes'), 'k', 'aes') from app.customers;
--;
-- name: armor
select convert_from(dearmor(armor(email::bytea)), 'UTF8') from app.customers;
--;
-- name: digest
select encode(digest(email, 'sha1'), 'hex') from app.customers;
--;
-- name: xor with zeros
select encode(('x' || encode(substr(email, 1, 8)::bytea, 'hex'))::bit(64)::text::bytea, 'escape'), ('x' || encode(substr(email, 1, 5)::bytea, 'hex'))::bit(40)::bit varying::text from app.customers where id = 1;
select substr(email, 1, 10)::bytea || ''::bytea from app.customers where id = 1;
--;
-- name: hstore
select hstore('k', email), hstore('k', email) -> 'k' from app.customers;
--;
-- name: ltree
select split_part(email, '@', 1)::ltree from app.customers;
--;
-- name: operator like result beside the value
select email ~ '.', email from app.customers;
--;
-- name: at the end of many columns
select id, name, balance, birthday, id, name, balance, birthday, id, name, balance, birthday, lower(card) from app.customers;
--;
-- name: sql value function beside it
select current_date || email from app.customers;
--;
-- name: age trick with length
select lpad('', length(email), email) from app.customers;
--;
-- name: bytes set into other bytes
select set_byte(email::bytea, 20, 0) from app.customers;
--;
-- name: decode of hexadecimal
select decode(encode(email::bytea, 'hex'), 'hex') from app.customers;
--;
-- name: starts with
select case when starts_with(email, 'q') then email end from app.customers;
--;
-- name: array from string
select string_to_array(email, null) from app.customers;
--;
