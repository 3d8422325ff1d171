"""A request and its verdict as the recording has them: the same line whatever the protocol and its driver."""

from __future__ import annotations

from typing import Any

from tokengate.session.pipeline import Pipeline
from tokengate.values import Allow, Deny, Event, Hold, Request, Verdict

WORDS: dict[type, str] = {Allow: "allow", Deny: "deny", Hold: "hold"}
"""A verdict's word in recordings and metrics."""


def action_event(request: Request, verdict: Verdict, pipeline: Pipeline) -> Event:
    """The "action" event."""
    action = request.action
    fields: dict[str, Any] = {
        "n": request.number,
        "verb": action.verb,
        "text": pipeline.record_text(action),
        "categories": sorted(action.categories),
        "arguments": request.argument_count,
        "verdict": WORDS[type(verdict)],
    }
    if verdict.rule:
        fields["rule"] = verdict.rule
    match verdict:
        case Deny():
            fields["reason"] = verdict.reason
        case Hold():
            fields["reason"] = verdict.why
        case Allow():
            pass
    if shadowed := pipeline.shadowed(request):
        fields["shadow"] = shadowed
    return Event("action", fields)
