"""tokengate: a gateway that lets workloads reach their targets with tokens instead of credentials.

The data path, a stage a paragraph:

`edge` accepts a connection, speaks TLS and limits what one source may cost.

`protocols` holds one vertical package a protocol. Its `startup` asks the client for its token and logs in to the
upstream; its `gate`, a pure state machine, turns the client's bytes into actions and the verdicts back into bytes.

`identity` verifies the token and makes a `Principal` of it.

`session` judges each action: every enforcer of the route (`enforce`) in order, then the maskers' own veto; a `Hold`
waits in `store` for a person.

`mask` says which columns of a result are masked, the protocol's row engine does it on the bytes.

`record` writes what happened, before it happens, in a form that shows tampering.

`config` and `registry` compose all that by name from one INI file; `tap` runs it under twistd; `admin` shows its
health; `cli` is the operator's command.
"""

__version__ = "0.1.0"
