"""The SQL with which `census` asks a server what it stores. Text only.

Each question is one statement, and so one consistent view of the catalogs, and answers with one JSON value. What a
rule, a policy or an expression refers to is read from its stored tree where pg_depend is not enough: there the system's
own relations and whole rows leave no trace.
"""

from __future__ import annotations

from collections.abc import Iterable

FIRST_USER_OID = 16384
"""FirstNormalObjectId: what has a lower OID came with the server (initdb) and does not change while it runs."""

CHANNEL = "tokengate_catalogue"
"""Where an event trigger may say that something has changed (docs/masking.md)."""

OPENING = "show search_path; set search_path = ''"
"""First on a connection: the path its sessions begin with. Then none, so that definitions come fully qualified and mean
the same when they are read back.
"""

LISTEN = f"listen {CHANNEL}"

REACHING = (
    "pg_cursor", "pg_prepared_statement", "pg_stat_get_activity", "pg_stat_get_backend_activity",
    "database_to_xml", "database_to_xml_and_xmlschema", "schema_to_xml", "schema_to_xml_and_xmlschema",
    "table_to_xml", "table_to_xml_and_xmlschema",
)  # fmt: skip
"""The server's stable functions that show stored or others' data that is not in their arguments."""

HARMLESS = (
    "clock_timestamp", "currval", "gen_random_uuid", "lastval", "nextval", "pg_lock_status", "pg_prepared_xact",
    "pg_sequence_last_value", "random", "setval", "timeofday",
)  # fmt: skip
"""The server's volatile functions that show none."""

_RELATIONS = r"(select json_agg(distinct m[1]::int8) from regexp_matches({tree}, ':relid ([1-9]\d*)', 'g') m)"
"""The relations in a tree."""

_OPAQUE = r"""
  (select json_agg(distinct p.proname) from
      regexp_matches({tree}, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)', 'g') m
      join pg_proc p on p.oid = m[1]::oid join pg_language l on l.oid = p.prolang
    where not (p.provolatile = 'i' and l.lanname in ('internal', 'c')
      or p.oid < {first} and p.provolatile <> 'v' and p.proname <> all ({reaching})
      or p.oid < {first} and p.proname = any ({harmless})))
"""
"""The functions in a tree that may read more than their arguments."""

_CODE = f"d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass) and d.refobjid >= {FIRST_USER_OID}"
"""What depends on a function or operator that the server does not ship."""

_STATE = """
select json_build_object(
  'relations', (select json_agg(json_build_array(c.oid::int8, n.nspname, c.relname, c.relkind, (
        select json_agg(json_build_array(a.attnum, a.attname, a.atttypid::int8, a.atttypmod, a.attgenerated <> '')
                        order by a.attnum)::text
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)) order by c.oid)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.oid {range}),
  'indexes', (select json_agg(json_build_array(i.name, i.schemas)) from (
    select c.relname name, json_agg(n.nspname order by n.nspname) schemas
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('i', 'I') and c.oid {range} group by c.relname order by c.relname) i),
  'parents', (select json_agg(json_build_array(inhrelid::int8, inhparent::int8) order by inhrelid, inhseqno)
    from pg_inherits where inhrelid {range}),
  'views', (select json_agg(json_build_array(r.oid::int8, r.xmin::text) order by r.oid)
    from pg_rewrite r where r.ev_type = '1' and r.oid {range}),
  'types', (select json_agg(json_build_array(t.oid::int8, n.nspname, t.typname) order by t.oid)
    from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
    where t.oid {range} and (t.typrelid = 0 or c.relkind = 'c')),
  'shipped', (select json_agg(f order by f) from (
    select distinct jsonb_build_array(n.nspname, p.proname) f
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.oid {range} and {shipped}) f),
  'functions', (select json_agg(json_build_array(p.oid::int8, p.xmin::text, n.nspname, p.proname, p.provolatile,
        l.lanname, p.prokind, (select e.extname from pg_depend d join pg_extension e on e.oid = d.refobjid
          where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')) order by p.oid)
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
    where p.oid {range} and not ({shipped})),
  'operators', (select json_agg(json_build_array(o.oprname, f.nspname, p.proname)
        order by o.oprname, f.nspname, p.proname)
    from pg_operator o join pg_namespace n on n.oid = o.oprnamespace
    left join pg_proc p on p.oid = o.oprcode left join pg_namespace f on f.oid = p.pronamespace
    where o.oid {range} and (o.oid >= {first} or n.nspname <> 'pg_catalog')),
  'generated', (select json_agg(json_build_array(g.adrelid::int8, g.adnum, (
        select json_agg(json_build_array(d.refobjid::int8, d.refobjsubid) order by d.refobjid, d.refobjsubid)
        from pg_depend d where d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0
          and (d.refobjid, d.refobjsubid) <> (g.adrelid, g.adnum)
          and (d.classid = 'pg_attrdef'::regclass and d.objid = g.oid
            or d.classid = 'pg_class'::regclass and d.objid = g.adrelid and d.objsubid = g.adnum)),
        {opaque_expression}) order by g.adrelid, g.adnum)
    from pg_attrdef g join pg_attribute a on a.attrelid = g.adrelid and a.attnum = g.adnum
    where a.attgenerated <> '' and g.adrelid {range}),
  'policies', (select json_agg(json_build_array(c.oid::int8, {relations_policy}) order by c.oid)
    from pg_class c, lateral (select string_agg(concat(p.polqual::text, p.polwithcheck::text), ' ') tree
      from pg_policy p where p.polrelid = c.oid) t
    where c.relrowsecurity and c.oid {range}),
  'rules', (select json_agg(json_build_array(r.oid::int8, r.ev_class::int8, r.ev_type) order by r.oid)
    from pg_rewrite r where r.ev_type <> '1' and r.ev_enabled <> 'D' and r.oid {range}),
  'keys', (select json_agg(json_build_array(k.confrelid::int8, k.conrelid::int8, k.confdeltype, k.confupdtype,
        k.conkey, k.confkey) order by k.oid)
    from pg_constraint k where k.contype = 'f' and k.oid {range}),
  'triggers', (select json_agg(t.called order by t.called) from (
    select distinct jsonb_build_array(t.tgrelid::int8, t.tgtype, n.nspname, p.proname) called
    from pg_trigger t, lateral (select t.tgfoid union select d.refobjid from pg_depend d
      where d.classid = 'pg_trigger'::regclass and d.objid = t.oid and d.refclassid = 'pg_proc'::regclass) f (oid)
    join pg_proc p on p.oid = f.oid join pg_namespace n on n.oid = p.pronamespace
    where not t.tgisinternal and t.tgenabled <> 'D' and t.oid {range}) t),
  'calling', (select json_agg(json_build_array(c.oid, c.volatile, c.called) order by c.oid) from (
    select u.oid, bool_or(f.provolatile = 'v') volatile,
      json_agg(json_build_array(n.nspname, f.proname) order by n.nspname, f.proname) called from (
      select r.ev_class::int8 oid, d.refclassid, d.refobjid from pg_rewrite r join pg_depend d on d.objid = r.oid
        where d.classid = 'pg_rewrite'::regclass and r.ev_type = '1' and r.oid {range} and {code}
      union select c.oid::int8, d.refclassid, d.refobjid
        from pg_class c join pg_policy p on p.polrelid = c.oid join pg_depend d on d.objid = p.oid
        where d.classid = 'pg_policy'::regclass and c.relrowsecurity and p.oid {range} and {code}) u
      left join pg_operator o on u.refclassid = 'pg_operator'::regclass and o.oid = u.refobjid
      left join pg_proc f on f.oid = coalesce(o.oprcode, u.refobjid) left join pg_namespace n on n.oid = f.pronamespace
    group by u.oid) c),
  'unasked', {unasked},
  'schemas', (select json_agg(n.nspname order by n.nspname) from pg_namespace n
    where has_schema_privilege(n.oid, 'usage')),
  'defaults', (select json_build_array((select s.reset_val from pg_settings s where s.name = 'search_path'), (
    select json_agg(json_build_array(s.setrole::int8, s.setdatabase::int8, entry) order by s.setrole, s.setdatabase)
    from pg_db_role_setting s, unnest(s.setconfig) entry
    where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
      and s.setrole in (0, (select oid from pg_roles where rolname = session_user))
      and entry like 'search_path=%')))
)::text
"""

_UNASKED = """
(with recursive function(oid, schema, name) as (
    select p.oid, n.nspname, p.proname
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
    where not (p.provolatile = 'i' and l.lanname in ('internal', 'c') and (p.oid < {first} or exists (
      select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')))),
  used(classid, objid, function, type, class) as (
    select d.classid, d.objid, case d.refclassid when 'pg_proc'::regclass then d.refobjid else o.oprcode end,
      case d.refclassid when 'pg_type'::regclass then d.refobjid end,
      case d.refclassid when 'pg_opclass'::regclass then d.refobjid end
    from pg_depend d left join pg_operator o on d.refclassid = 'pg_operator'::regclass and o.oid = d.refobjid
    where d.refobjid >= {first} and d.refclassid in (
        'pg_proc'::regclass, 'pg_operator'::regclass, 'pg_type'::regclass, 'pg_opclass'::regclass)
      and (d.classid = 'pg_class'::regclass and d.objsubid = 0
        or d.classid = 'pg_type'::regclass and d.refclassid <> 'pg_type'::regclass
        or d.classid in ('pg_constraint'::regclass, 'pg_attrdef'::regclass, 'pg_statistic_ext'::regclass,
           'pg_rewrite'::regclass))),
  member(family, function) as (
    select amprocfamily, amproc::oid from pg_amproc union
    select a.amopfamily, o.oprcode from pg_amop a join pg_operator o on o.oid = a.amopopr),
  class(oid, schema, name, type, usual, sorts, family, function) as (
    select distinct c.oid, n.nspname, c.opcname, c.opcintype, c.opcdefault, a.amname in ('btree', 'hash'), c.opcfamily,
      f.oid
    from pg_opclass c join pg_namespace n on n.oid = c.opcnamespace join pg_am a on a.oid = c.opcmethod
      join member m on m.family = c.opcfamily join function f on f.oid = m.function
    where c.oid >= {first} and f.oid >= {first}),
  range(oid, function) as (
    select r.rngtypid, f.oid from pg_range r left join class c on c.oid = r.rngsubopc
    join function f on f.oid in (r.rngcanonical, r.rngsubdiff, c.function) where f.oid >= {first}),
  checked(type, function, within) as (
    select k.contypid, u.function, u.type from pg_constraint k join used u on u.objid = k.oid
    where u.classid = 'pg_constraint'::regclass and k.contypid <> 0
      and u.type is distinct from k.contypid
    union select t.oid, u.function, null from pg_type t join used u on u.objid = t.oid
    where u.classid = 'pg_type'::regclass and t.typtype = 'd'),
  written(relation, function, type, class) as (
    select coalesce(nullif(k.conrelid, 0), g.adrelid, i.indrelid, s.stxrelid, c.oid), u.function, u.type, u.class
    from used u
    left join pg_constraint k on u.classid = 'pg_constraint'::regclass and k.oid = u.objid
    left join pg_attrdef g on u.classid = 'pg_attrdef'::regclass and g.oid = u.objid
    left join pg_index i on u.classid = 'pg_class'::regclass and i.indexrelid = u.objid
    left join pg_statistic_ext s on u.classid = 'pg_statistic_ext'::regclass and s.oid = u.objid
    left join pg_class c on u.classid = 'pg_class'::regclass and c.oid = u.objid and c.relkind in ('r', 'p')
      and (u.function is not null or u.class is not null)),
  "cast"(oid, source, target, context, function) as (
    select c.oid, c.castsource, c.casttarget, c.castcontext, c.castfunc
    from pg_cast c join function f on f.oid = c.castfunc
      left join pg_range r on r.rngtypid = c.castsource and r.rngmultitypid = c.casttarget
    where c.oid >= {first} and c.castmethod = 'f' and r.rngtypid is null),
  source(type) as (
    select source from "cast" union select target from "cast" where target >= {first} or source < {first}
    union select type from class where sorts union select oid from range
    union select k.type from checked k join function f on f.oid = k.function),
  inside(holder, held, several) as (select t.* from (
    select oid, typelem, true several from pg_type where typcategory = 'A' and typelem <> 0
    union select oid, typbasetype, false from pg_type where typtype = 'd'
    union select rngtypid, rngsubtype, true from pg_range union select rngmultitypid, rngtypid, true from pg_range
    union select type, within, false from checked where within is not null
    union select c.reltype, a.atttypid, false from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.reltype <> 0 and a.attnum > 0 and not a.attisdropped) t where exists (select from source)),
  coded(type) as (
    select type from source union select i.holder from coded c join inside i on i.held = c.type)
select json_build_object(
  'casts', (select json_agg(json_build_array(c.source::int8, c.target::int8, c.context, f.schema, f.name)
        order by c.oid)
    from "cast" c join function f on f.oid = c.function),
  'classes', (select json_agg(json_build_array(c.type::int8, c.sorts, c.usual, c.schema, c.name, f.schema, f.name)
        order by c.oid, f.oid)
    from class c join function f on f.oid = c.function),
  'ranges', (select json_agg(json_build_array(r.oid::int8, f.schema, f.name) order by r.oid, f.oid)
    from range r join function f on f.oid = r.function),
  'checks', (select json_agg(json_build_array(k.type::int8, f.schema, f.name) order by k.type, f.oid)
    from checked k join function f on f.oid = k.function),
  'sorting', (select json_agg(distinct jsonb_build_array(o.oprname, f.schema, f.name))
    from class c join pg_am m on m.amname = 'btree' join pg_amop a on (a.amopfamily, a.amopmethod) = (c.family, m.oid)
      join pg_operator o on o.oid = a.amopopr join function f on f.oid = c.function),
  'written', (select json_agg(distinct jsonb_build_array(w.relation::int8, w.class is not null, f.schema, f.name))
    from written w left join class c on c.oid = w.class join function f on f.oid in (w.function, c.function)
    where w.relation is not null),
  'typed', (select json_agg(distinct jsonb_build_array(t.relation::int8, t.read, t.type::int8)) from (
    select relation, false read, type from written where relation is not null
    union select r.ev_class, true, u.type from used u join pg_rewrite r on r.oid = u.objid
      where u.classid = 'pg_rewrite'::regclass) t where t.type in (select type from coded)),
  'inside', (select json_agg(json_build_array(i.holder::int8, i.held::int8, i.several) order by i.holder, i.held)
    from inside i join coded c on c.type = i.held),
  'rows', (select json_agg(json_build_array(r.oid::int8, r.reltype::int8) order by r.oid)
    from pg_class r join coded c on c.type = r.reltype)))
"""
"""What a statement may run though it names no function: see `unasked`. Of objects that the server does not ship."""

_VIEWS = r"""
select json_agg(json_build_array(r.oid::int8, r.ev_class::int8, pg_get_viewdef(r.ev_class),
  (select relnatts from pg_class where oid = r.ev_class), t.tree ~ ':varattno \d', t.tree ~ ':varattno 0 ', {relations},
  (select json_agg(json_build_array(d.refobjid::int8, d.refobjsubid)) from pg_depend d
    where d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass),
  {opaque}))::text
from pg_rewrite r, lateral (select r.ev_action::text tree) t where r.oid = any ('{{{oids}}}')
"""

_BODIES = """
select json_agg(json_build_array(p.oid::int8, case when octet_length(t.body) <= {limit} then t.body end))::text
from pg_proc p, lateral (select coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) body) t
where p.oid = any ('{{{oids}}}')
"""

_RULES = """
select json_agg(json_build_array(r.oid::int8, pg_get_ruledef(r.oid)))::text
from pg_rewrite r where r.oid = any ('{{{oids}}}')
"""

_SCHEMAS = "select array_to_json(current_schemas(false))::text from set_config('search_path', {path}, true)"


def state(*, shipped: bool) -> str:
    """Everything that came with the server, or everything that was added to it, but for what the questions below ask
    about views and functions. A relation's columns are a text of their own, so that only what has changed need be read.
    """
    return _STATE.format(
        range=f"{'<' if shipped else '>='} {FIRST_USER_OID}",
        first=FIRST_USER_OID,
        shipped=f"p.oid < {FIRST_USER_OID} and n.nspname in ('pg_catalog', 'information_schema')",
        opaque_expression=_opaque("g.adbin::text"),
        relations_policy=_RELATIONS.format(tree="t.tree"),
        code=_CODE,
        unasked="null" if shipped else _UNASKED.format(first=FIRST_USER_OID),
    )


def views(rules: Iterable[int]) -> str:
    """What views' rules (by OID) refer to, for `census.view_columns`."""
    return _VIEWS.format(relations=_RELATIONS.format(tree="t.tree"), opaque=_opaque("t.tree"), oids=_oids(rules))


def bodies(functions: Iterable[int], limit: int) -> str:
    """The text of functions in SQL or PL/pgSQL, null where it has more than `limit` bytes."""
    return _BODIES.format(oids=_oids(functions), limit=limit)


def rules(rules: Iterable[int]) -> str:
    """The definitions of rules (by OID), with the relations' names of now."""
    return _RULES.format(oids=_oids(rules))


def schemas(search_path: str) -> str:
    """The existing, usable schemas that this setting names; for one statement only it is in force."""
    quoted = search_path.replace("'", "''")
    return _SCHEMAS.format(path=f"'{quoted}'")


def _opaque(tree: str) -> str:
    return _OPAQUE.format(tree=tree, first=FIRST_USER_OID, reaching=_array(REACHING), harmless=_array(HARMLESS))


def _array(names: Iterable[str]) -> str:
    return "array[" + ", ".join(f"'{name}'" for name in names) + "]"


def _oids(oids: Iterable[int]) -> str:
    return ",".join(map(str, oids))
