"""The expressions that the generator knows, as templates: a result, a text with a hole for each argument, the
arguments' types.

"T" is any type, the same throughout a template. An argument with "?" only has a say in the result: it is compared or
counted, not shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import frozen

from tests.canary.zoo import TYPES


@frozen
class Operation:
    """One template, for one result type: the pieces of text around its arguments."""

    result: str
    pieces: tuple[str, ...]
    arguments: tuple[str, ...]

    def filled(self, arguments: Sequence[str]) -> str:
        """The expression, fit to be put anywhere."""
        text = self.pieces[0] + "".join(map("".join, zip(arguments, self.pieces[1:], strict=True)))
        return text if self._is_call else f"({text})"

    @property
    def _is_call(self) -> bool:
        return re.fullmatch(r"\w+\([^()]*\)", "%".join(self.pieces)) is not None


_SCALAR = r"""
T: coalesce(%, %) | T T
T: case when % then % else % end | bool? T T
T: case % when % then % end | int? int? T
T: nullif(%, %) | T T?
T: greatest(%, %) | T T
T: (%) | T
T: (array[%, %])[1] | T T
T: (row(%, %)).f1 | T int?
T: (row(%, %)).f2 | text? T
text: upper(%) | text
text: lower(%) | text
text: pg_catalog.upper(%) | text
text: % operator(pg_catalog.||) % | text text
text: concat(variadic %) | texts
text: reverse(%) | text
text: initcap(%) | text
text: % || % | text text
text: concat(%, '-', %) | text int
text: concat_ws('/', %, %) | text date
text: left(%, 9) | text
text: right(%, 9) | text
text: substr(%, 2, 12) | text
text: substring(% from 3 for 12) | text
text: replace(%, 'a', 'A') | text
text: repeat(%, 2) | text
text: lpad(%, 30, '*') | text
text: trim(both ' ' from %) | text
text: overlay(% placing '_' from 1 for 1) | text
text: regexp_replace(%, '^', '<') | text
text: split_part(%, 'q', 1) | text
text: (regexp_match(%, '^.*$'))[1] | text
text: format('%%s is %%L', %, %) | text text
text: quote_literal(%) | text
text: quote_ident(%) | text
text: % collate "C" | text
text: (%)::text | T
text: cast(% as varchar) | T
text: (%)::name::text | text
text: (%)::varchar(14) | text
text: md5(%) | text
text: encode(%, 'hex') | bytea
text: encode(%, 'base64') | bytea
text: encode(%, 'escape') | bytea
text: convert_from(%, 'UTF8') | bytea
text: to_char(%, '999G999G999G999G999D99') | num
text: to_char(%, 'FM9999999999') | int
text: to_char(%, 'YYYY-MM-DD') | date
text: to_char(%, 'DD Mon YYYY') | ts
text: to_hex(%) | int
text: array_to_string(%, ',') | texts
text: array_to_string(string_to_array(%, null), '.') | text
text: (%)[1] | texts
text: % ->> 'k' | json
text: % #>> '{k}' | json
text: % #>> '{}' | json
text: jsonb_pretty(%) | json
text: json_build_object('a', %)::text | T
text: to_json(%)::text | T
text: row(%, %)::text | T int
text: row_to_json(row(%, %))::text | text T
text: (%).street | place
text: (jsonb_populate_record(null::zoo.place, jsonb_build_object('street', %))).street | text
text: (select one from (values (%)) as only_one (one)) | text
text: (select max(one) from (select % as one union all select %) as two) | text text
text: (row(%, %)::zoo.place).street | text int
text: xmlelement(name e, %)::text | text
int: % + 1 | int
int: -(%) | int
int: abs(%) | int
int: (% * 1) | int
int: length(%) | text
int: ascii(%) | text
int: cardinality(%) | texts
int: (%)::integer | big
int: (%)::integer | text
int: (% ->> 'n')::integer | json
int: (%).number | place
int: extract(year from %)::integer | date
int: 1 / % | int
int: position('a' in %) | text
int: (%)::integer | bool
big: (%)::bigint | int
big: % + % | big int
big: (%)::bigint | num
big: (%)::bigint | text
num: % + % | num int
num: % * 1.0 | num
num: (%)::numeric | int
num: round(%, 1) | num
num: extract(epoch from %) | ts
num: (%)::numeric | text
num: trunc(%) | num
date: % + 1 | date
date: (%)::date | ts
date: (%)::date | text
ts: (%)::timestamptz | date
ts: % + interval '1 hour' | ts
ts: date_trunc('month', %) | ts
uuid: (%)::text::uuid | uuid
uuid: (%)::uuid | text
bool: % = % | T? T?
bool: % < % | T? T?
bool: % is null | T?
bool: % is distinct from % | T? T?
bool: not (%) | bool?
bool: (% and %) | bool? bool?
bool: (% or %) | bool? bool?
bool: % like '%%a%%' | text?
bool: % ~ 'x' | text?
bool: % between % and % | T? T? T?
bool: % in (%, %) | T? T? T?
bool: % = any (%) | text? texts?
bool: (%, %) = (%, %) | T? int? T? int?
bool: % @> % | json? json?
json: to_jsonb(%) | T
json: jsonb_build_object('k', %, 'n', %) | T int
json: jsonb_build_array(%, %) | T T
json: % -> 'k' | json
json: (%)['k'] | json
json: % || % | json json
json: % - 'n' | json
json: jsonb_set(%, '{k}', to_jsonb(%)) | json text
json: jsonb_strip_nulls(%) | json
json: jsonb_path_query_first(%, '$.k') | json
json: row_to_json(row(%, %))::jsonb | text T
json: array_to_json(%)::jsonb | texts
json: to_jsonb(jsonb_populate_record(null::zoo.keeper, %)) | json
json: jsonb_object(array['k', %]) | text
texts: array[%, %] | text text
texts: % || % | texts text
texts: array_append(%, %) | texts text
texts: string_to_array(%, 'q') | text
texts: regexp_split_to_array(%, 'n') | text
texts: array_remove(%, %) | texts text?
texts: (%)[1:2] | texts
texts: array_fill(%, array[2]) | text
bytea: (%)::bytea | text
bytea: convert_to(%, 'UTF8') | text
bytea: decode(encode(%, 'hex'), 'hex') | bytea
bytea: sha256(convert_to(%, 'UTF8')) | text
place: row(%, %)::zoo.place | text int
species: (%)::zoo.species | text
species: (%)::text::zoo.species | species
"""

_AGGREGATES = r"""
M: max(%) | M
M: min(%) | M
T: (array_agg(%))[1] | T
T: mode() within group (order by %) | T
T: percentile_disc(0.5) within group (order by %) | T
text: string_agg(%, ',') | text
text: string_agg(distinct %, ',') | text
text: string_agg(%, ',' order by %) | text T?
text: json_agg(%)::text | T
texts: array_agg(%) | text
texts: array_agg(% order by % desc) | text T?
json: jsonb_agg(%) | T
json: jsonb_object_agg(coalesce(%, 'none'), %) | text T
big: count(*) |
big: count(%) | T?
big: count(distinct %) | T?
big: sum(%) | int
num: avg(%) | num
num: sum(%) | num
bool: bool_or(%) | bool?
"""

_WINDOWS = r"""
T: first_value(%) | T
T: last_value(%) | T
T: nth_value(%, 1) | T
T: lag(%) | T
T: lead(%, 1, %) | T T
M: max(%) | M
text: string_agg(%, '-') | text
texts: array_agg(%) | text
json: jsonb_agg(%) | T
big: row_number() |
big: rank() |
int: ntile(2) |
big: count(*) |
"""

_SETS = r"""
text: unnest(%) | texts
text: regexp_split_to_table(%, 'n') | text
text: jsonb_array_elements_text(jsonb_build_array(%, %)) | T text
text: string_to_table(%, 'q') | text
text: (regexp_matches(%, '.+'))[1] | text
text: (jsonb_each_text(jsonb_build_object('k', %))).value | T
int: generate_series(1, 2) |
T: unnest(array[%, %]) | T T
"""

MAXIMA = ("text", "int", "big", "num", "date", "ts", "species")
"""Types "M" that have max() and min()."""


def _parsed(table: str) -> dict[str, tuple[Operation, ...]]:
    found: dict[str, list[Operation]] = {kind: [] for kind in TYPES}
    for line in table.strip().splitlines():
        result, _, rest = line.partition(": ")
        template, _, arguments = rest.rpartition("|")
        pieces = tuple(piece.replace("\0", "%") for piece in template.strip().replace("%%", "\0").split("%"))
        nested = "array[%" in template or "array_agg(%" in template
        for kind in MAXIMA if result == "M" else TYPES if "T" in result + arguments else (result,):
            meant = tuple(kind + one[1:] if one[0] in "TM" else one for one in arguments.split())
            own = kind if result in ("T", "M") else result
            if nested and kind == own == "texts" and result == "T":
                continue  # arrays of arrays are arrays of two dimensions
            found[own].append(Operation(own, pieces, meant))
    return {kind: tuple(operations) for kind, operations in found.items()}


SCALAR = _parsed(_SCALAR)
AGGREGATES = _parsed(_AGGREGATES)
WINDOWS = _parsed(_WINDOWS)
SETS = _parsed(_SETS)
