"""What comes with tokengate: one line a component."""

from tokengate.components import Component

oidc = Component(
    "verifier", "oidc", "tokengate.identity.oidc", "JWTs of an OpenID Connect issuer, by its published keys"
)
tokens = Component("verifier", "tokens", "tokengate.identity.tokens", "opaque tokens, by their hashes in a file")
ssh_certificate = Component(
    "verifier", "ssh-certificate", "tokengate.protocols.ssh.authorities", "OpenSSH certificates of trusted authorities"
)

sql = Component(
    "enforcer", "sql", "tokengate.enforce.sql", "what SQL statements do: kinds of effect, relations, functions"
)
shell = Component(
    "enforcer", "shell", "tokengate.enforce.shell", "what shell commands and SFTP do: programs, paths, constructs"
)
expression = Component(
    "enforcer", "expression", "tokengate.enforce.expression", "CEL over principal, action, session, time"
)
approval = Component("enforcer", "approval", "tokengate.enforce.approval", "holds actions until a person approves")

columns = Component("masker", "columns", "tokengate.mask.columns", "columns by where their values are stored")
detectors = Component(
    "masker", "detectors", "tokengate.mask.detectors", "card numbers, e-mail addresses and the like in any text"
)

ndjson = Component(
    "recorder", "ndjson", "tokengate.record.ndjson", "a hash-chained, signed file of JSON lines a session"
)

env = Component("secret", "env", "tokengate.secrets.env", "an environment variable")
file = Component("secret", "file", "tokengate.secrets.file", "a file that only the gateway can read")
plain = Component("secret", "plain", "tokengate.secrets.plain", "the text itself, for credentials without a secret")

postgres = Component("protocol", "postgres", "tokengate.protocols.postgres.plugin", "PostgreSQL, protocols 3.0 and 3.2")
ssh = Component("protocol", "ssh", "tokengate.protocols.ssh.plugin", "SSH: commands, shells, SFTP and scp, forwards")
