"""What would happen to a request, and why: every rule's verdict, and for each column its lineage and mask.

For `tokengate explain` and the admin API. It asks the same parts as the pipeline does, all of them: a refusal by one
does not hide what the next would say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tokengate.session.pipeline import Policy
from tokengate.session.session import Session
from tokengate.sql.facts import SqlFacts, Statement
from tokengate.values import (
    Action,
    Allow,
    Column,
    ColumnLineage,
    Deny,
    Hash,
    Hold,
    Mask,
    Null,
    Partial,
    Redact,
    Request,
    Rewrite,
    Token,
    Verdict,
)


def explained(
    action: Action, session: Session, policy: Policy, refusal: Deny | None, columns: Sequence[Column] | None
) -> dict[str, Any]:
    """The explanation of `action`, as JSON values.

    `refusal`: the protocol's own, whatever the policy; `columns`: the result's as the target describes it, None where
    that isn't known. Keys: "text", "outcome" ("allow", "deny" or "hold"), "by" (the rule), "statements", "verdicts",
    "shadow", "columns".
    """
    request = Request(action, 1, refusal=refusal)
    verdicts = [] if refusal is None else [_verdict("(protocol)", refusal)]
    judges = zip(policy.names or ("",) * len(policy.judges), policy.judges, strict=True)
    verdicts += [_verdict(name, judge.judge(request, session)) for name, judge in judges]
    shadows = [_verdict(named.name, named.part.judge(request, session)) for named in policy.shadows]
    decisive = next((one for word in ("deny", "hold") for one in verdicts if one["verdict"] == word), None)
    return {
        "text": action.text,
        "outcome": "allow" if decisive is None else decisive["verdict"],
        "by": "" if decisive is None else decisive["rule"] or decisive["section"],
        "statements": _statements(action),
        "verdicts": verdicts,
        "shadow": shadows,
        "columns": _columns(action, session, policy, columns),
    }


def _verdict(section: str, verdict: Verdict) -> dict[str, Any]:
    match verdict:
        case Allow(rule):
            return {"section": section, "verdict": "allow", "rule": rule, "reason": "", "hint": ""}
        case Deny(reason, rule, hint):
            return {"section": section, "verdict": "deny", "rule": rule, "reason": reason, "hint": hint}
        case Hold(why, rule):
            return {"section": section, "verdict": "hold", "rule": rule, "reason": why, "hint": ""}
    raise TypeError(f"{section} answered {verdict!r}, which is no verdict")


def _statements(action: Action) -> list[dict[str, Any]]:
    facts = action.facts
    if not isinstance(facts, SqlFacts):
        return [{"kind": action.verb, "categories": sorted(action.categories)}]
    return [_facts(statement) for statement in facts.statements]


def _facts(statement: Statement) -> dict[str, Any]:
    """A statement's facts, without those that say nothing."""
    found: dict[str, Any] = {"kind": statement.kind, "categories": sorted(statement.categories)}
    for name in ("reads", "writes", "defines", "functions", "operators"):
        if values := getattr(statement, name):
            found[name] = sorted(map(str, values))
    if statement.settings:
        found["settings"] = [list(setting) for setting in statement.settings]
    if statement.cursor is not None:
        found["names"] = statement.cursor
    if statement.copy is not None:
        found["copy"] = f"{statement.copy.direction} {statement.copy.endpoint}"
    return found


def _columns(
    action: Action, session: Session, policy: Policy, columns: Sequence[Column] | None
) -> list[dict[str, Any]]:
    lineages = [found for masker in policy.maskers if (found := masker.lineage(action, session))]
    lineage: Sequence[ColumnLineage] = lineages[0] if lineages else ()
    if columns is None:
        columns = [Column(one.name or "?column?", "", None) for one in lineage]
    plans = [masker.plan(columns, action, session) for masker in policy.maskers]
    names = policy.names[len(policy.enforcers) :]
    described = []
    for position, column in enumerate(columns):
        masks = {
            name: mask_name(plan[position])
            for name, plan in zip(names, plans, strict=False)
            if plan is not None and plan[position] is not None
        }
        one = lineage[position] if len(lineage) == len(columns) else lineage[0] if len(lineage) == 1 else None
        described.append({"name": column.name, "type": column.type, **_descent(column, one), "masks": masks})
    return described


def _descent(column: Column, lineage: ColumnLineage | None) -> dict[str, Any]:
    """Where a column comes from: the target's word, else what the statement tells."""
    if column.origins is not None:
        return {"exact": sorted(map(str, column.origins)), "computed": [], "unknown": ""}
    if lineage is None:
        return {"exact": [], "computed": [], "unknown": "nothing follows values on this route"}
    exact, computed = (sorted(map(str, part)) for part in (lineage.exact, lineage.computed))
    return {"exact": exact, "computed": computed, "unknown": lineage.unknown}


def mask_name(mask: Mask | None) -> str:
    """A mask as a configuration writes it, "" for none."""
    match mask:
        case None:
            return ""
        case Partial(prefix, suffix):
            return f"partial({prefix}, {suffix})"
        case Redact() | Null() | Hash() | Token():
            return type(mask).__name__.lower()
        case Rewrite():
            return "search"
    raise TypeError(f"{mask!r} is no mask")
